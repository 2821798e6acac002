package ollama

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// A model that is only being loaded, or reads a long prompt on a slow machine, says
// nothing for minutes.
const defaultIdle = 15 * time.Minute

// setup is all that a call needs of the configuration.
type setup struct {
	place place
	key   sdk.Secret
	// keySource names the variable or file of the key.
	keySource string
	model     string
	idle      time.Duration
}

// stored is what a login wrote into the plugin's own folder.
type stored struct {
	BaseURL credfile.Text `json:"base_url"`
	Key     credfile.Text `json:"api_key"`
}

func loginFile(stateDir string) string {
	if stateDir == "" {
		return ""
	}
	return filepath.Join(stateDir, "login.json")
}

func readStored(ctx context.Context, path string) (stored, error) {
	var s stored
	if path == "" {
		return s, nil
	}
	doc, _, err := credfile.Read(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, &sdk.Error{Kind: sdk.KindConfiguration, Message: "the stored login cannot be read", Err: err, Remedy: loginRemedy}
	}
	_, err = doc.Decode(&s)
	return s, err
}

// setup works out where requests go and with what: variables count before settings,
// these before what a login stored.
func (p *Provider) setup(ctx context.Context) (setup, error) {
	config := p.configuration()
	file := loginFile(config.StateDir)
	login, err := readStored(ctx, file)
	if err != nil {
		return setup{}, err
	}
	at, err := choosePlace(config, login, file)
	if err != nil {
		return setup{}, err
	}
	s := setup{place: at, model: firstOf(config.Variables.Get(modelVariable), config.Settings[modelSetting])}
	s.key, s.keySource = chooseKey(config, login, file, at)
	if !s.key.IsZero() && !httpapi.HeaderSafe(s.key.Reveal()) {
		return setup{}, &sdk.Error{Kind: sdk.KindConfiguration, Message: s.keySource + " holds a space or a character that no key has", Remedy: loginRemedy}
	}
	s.idle, err = idle(config.Settings[idleSetting])
	return s, err
}

func choosePlace(config sdk.Config, login stored, file string) (place, error) {
	plain := config.Settings[plainSetting] == "allow"
	if raw := firstOf(config.Variables.Get(baseVariable)); raw != "" {
		return parsePlace(raw, baseVariable, plain)
	}
	if raw := firstOf(config.Variables.Get(hostVariable)); raw != "" {
		return parsePlace(hostURL(raw), hostVariable, plain)
	}
	if raw := firstOf(config.Settings[baseSetting]); raw != "" {
		return parsePlace(raw, "the setting plugin.ollama."+baseSetting, plain)
	}
	if raw := firstOf(string(login.BaseURL)); raw != "" {
		return parsePlace(raw, file, plain)
	}
	return parsePlace(defaultBase, "the default", plain)
}

// chooseKey gives a stored key to the server only that it was stored for; that of the
// variable goes where the user points.
func chooseKey(config sdk.Config, login stored, file string, at place) (key sdk.Secret, source string) {
	if key := strings.TrimSpace(config.Variables.Get(keyVariable)); key != "" {
		return sdk.NewSecret(key), keyVariable
	}
	if login.Key == "" {
		return sdk.Secret{}, ""
	}
	if own, err := parsePlace(string(login.BaseURL), file, true); err != nil || own.URL != at.URL {
		return sdk.Secret{}, ""
	}
	return sdk.NewSecret(string(login.Key)), file
}

// idle reads a duration: "90s", or plain seconds.
func idle(value string) (time.Duration, error) {
	value = strings.TrimSpace(value)
	if value == "" {
		return defaultIdle, nil
	}
	if _, err := strconv.ParseFloat(value, 64); err == nil {
		value += "s"
	}
	if d, err := time.ParseDuration(value); err == nil && d > 0 {
		return d, nil
	}
	return 0, &sdk.Error{
		Kind:    sdk.KindConfiguration,
		Message: "the setting plugin.ollama." + idleSetting + " is no time to wait: " + httpapi.Excerpt(value), Remedy: `write it like "90s" or "5m"`,
	}
}

// firstOf is the first text that says something.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			return text
		}
	}
	return ""
}
