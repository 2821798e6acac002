// Package doctor makes the checks that most providers show in `jcode doctor`.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
)

// LargestSkew is how far the clocks may differ before certificates and expiries go
// wrong.
const LargestSkew = 5 * time.Minute

// Failed is the check of what ended with err, with err's own remedy or that of its
// kind.
func Failed(id string, err error) sdk.Check {
	e := sdk.AsError(err)
	detail := e.Message
	if e.Err != nil {
		detail += ": " + e.Err.Error()
	}
	return sdk.Check{ID: id, Detail: detail, Remedy: remedyOf(e)}
}

// remedyOf is err's own remedy, or what there is to do about errors of its kind: a
// check that failed always says how to go on.
func remedyOf(e *sdk.Error) string {
	switch {
	case e.Remedy != "":
		return e.Remedy
	case e.Kind == sdk.KindNetwork:
		return "check the network and HTTPS_PROXY"
	case e.Retryable:
		return "try again later"
	}
	return "see the plugin's log: jcode plugins logs NAME"
}

// Clock is the check of a clock that differs from the service's by skew.
func Clock(skew time.Duration) sdk.Check {
	check := sdk.Check{ID: "clock", OK: skew.Abs() <= LargestSkew, Detail: "agrees with the service"}
	if !check.OK {
		check.Detail = fmt.Sprintf("differs from the service's by %s", skew.Round(time.Second))
		check.Remedy = "set the clock of this machine"
	}
	return check
}

// File is the check of a credential file: whether it can be read, and whether others
// can read it too. there is false where there is no such file, which is no fault.
// remedy mends a file that cannot be read.
func File(ctx context.Context, id, path, remedy string) (check sdk.Check, there bool) {
	_, info, err := credfile.Read(ctx, path)
	switch {
	case path == "" || errors.Is(err, fs.ErrNotExist):
		return sdk.Check{}, false
	case err != nil:
		return sdk.Check{ID: id, Detail: err.Error(), Remedy: remedy}, true
	case info.WiderThanOwner():
		return sdk.Check{ID: id, Detail: info.Warnings()[0], Remedy: "chmod 600 " + info.Target}, true
	}
	return sdk.Check{ID: id, OK: true, Detail: path + " is private and can be read"}, true
}
