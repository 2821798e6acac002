package acmename

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
)

// loginCommand is the next step of everybody without a usable key.
const loginCommand = "jcode login --provider " + providerName

// credential is a key and where it comes from.
type credential struct {
	key    sdk.Secret
	source string
}

// keyFile is in the plugin's own folder, where no other plugin looks.
func (p *Provider) keyFile() string {
	return filepath.Join(p.configuration().StateDir, "credentials.json")
}

// credential finds the key: the variable comes before what login stored.
func (p *Provider) credential(ctx context.Context) (credential, error) {
	if key := p.configuration().Variables.Secret(variableKey); !key.IsZero() {
		return credential{key, variableKey}, nil
	}
	stored, err := p.storedKey(ctx)
	if err != nil {
		return credential{}, err
	}
	if stored == "" {
		return credential{}, &sdk.Error{
			Kind: sdk.KindUnauthenticated, Message: "not logged in",
			Remedy: loginCommand + ", or set " + variableKey,
		}
	}
	return credential{sdk.NewSecret(stored), p.keyFile()}, nil
}

// storedKey is what login stored; empty when there is nothing.
func (p *Provider) storedKey(ctx context.Context) (string, error) {
	document, _, err := credfile.Read(ctx, p.keyFile())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", &sdk.Error{Kind: sdk.KindConfiguration, Op: "read credentials", Err: err, Remedy: loginCommand}
	}
	var key credfile.Text
	_, err = document.Decode(&key, "api_key")
	return string(key), err
}

// AuthStatus says whether there is a key. The API is asked only with probe.
func (p *Provider) AuthStatus(ctx context.Context, probe bool) (sdk.AuthStatus, error) {
	found, err := p.credential(ctx)
	if sdk.KindOf(err) == sdk.KindUnauthenticated {
		return sdk.AuthStatus{State: sdk.AuthMissing, Detail: "no API key", Remedy: loginCommand}, nil
	}
	if err != nil {
		return sdk.AuthStatus{}, err
	}
	status := sdk.AuthStatus{State: sdk.AuthOK, Method: "api_key", Source: found.source}
	if !probe {
		return status, nil
	}
	status.Account, err = p.account(ctx, found.key)
	if sdk.KindOf(err) == sdk.KindUnauthenticated {
		status.State, status.Detail, status.Remedy = sdk.AuthExpired, "the API refuses the key", loginCommand
		return status, nil
	}
	return status, err
}
