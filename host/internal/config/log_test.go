package config

import (
	"errors"
	"strings"
	"testing"
)

// No project may choose what is written to; a path must mean one file everywhere.
func TestLogSettings(t *testing.T) {
	t.Parallel()
	_, files := project(t, `log_file = "/tmp/x"`, "")
	var fault *Error
	_, err := Load(Sources{Project: files, Trusted: trusts(true)})
	if !errors.As(err, &fault) || fault.Key != "log_file" || fault.Line != 1 || strings.Contains(fault.Hint(), "trust") {
		t.Errorf("%v", err)
	}
	for value, works := range map[string]bool{"~/jcode.log": true, "": true, "jcode.log": false, "./x": false} {
		_, err := Load(Sources{Environment: map[string]string{"JCODE_LOG": value}})
		if (err == nil) != works {
			t.Errorf("%q: %v", value, err)
		}
	}
	if _, err := Load(Sources{Environment: map[string]string{"JCODE_LOG_LEVEL": "loud"}}); err == nil {
		t.Error("any level is accepted")
	}
}
