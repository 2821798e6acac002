package ollama

import (
	"context"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const loginMethod = "key"

// Login asks for the address of a server and its key, tries them and stores both. A
// key that was given with the command goes to the server of the variables and settings.
func (p *Provider) Login(ctx context.Context, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	config := p.configuration()
	s, err := p.setup(ctx)
	if err != nil {
		return sdk.Account{}, err
	}
	s.key = request.APIKey
	if request.APIKey.IsZero() {
		if request.Headless {
			return sdk.Account{}, &sdk.Error{
				Kind: sdk.KindInteractionRequired, Op: "login", Message: "nobody can be asked for a key here",
				Remedy: "jcode login --provider ollama --with-api-key <KEYFILE",
			}
		}
		if s, err = ask(ctx, s, config.Settings[plainSetting] == "allow", ui); err != nil {
			return sdk.Account{}, err
		}
	}
	if !s.key.IsZero() && !httpapi.HeaderSafe(s.key.Reveal()) {
		return sdk.Account{}, &sdk.Error{Kind: sdk.KindInvalidRequest, Op: "login", Message: "this is no key: it holds a space or a character that no key has"}
	}
	if err := p.try(ctx, s, ui); err != nil {
		return sdk.Account{}, err
	}
	return store(ctx, loginFile(config.StateDir), s)
}

func ask(ctx context.Context, s setup, plain bool, ui sdk.LoginUI) (setup, error) {
	address, err := ui.Prompt(ctx, sdk.Prompt{Label: "Address of the server", Default: s.place.URL})
	if err != nil {
		return s, err
	}
	raw := firstOf(address.Reveal(), s.place.URL)
	if !strings.Contains(raw, "://") {
		raw = hostURL(raw)
	}
	if s.place, err = parsePlace(raw, "the address", plain); err != nil {
		return s, err
	}
	key, err := ui.Prompt(ctx, sdk.Prompt{Label: "API key (empty: none)", Secret: true})
	s.key = sdk.NewSecret(strings.TrimSpace(key.Reveal()))
	return s, err
}

// try asks the server once. A refused key is not stored; a server that is not there may
// come later.
func (p *Provider) try(ctx context.Context, s setup, ui sdk.LoginUI) error {
	models, err := p.list(ctx, s)
	switch kind := sdk.KindOf(err); {
	case err == nil && len(models) == 1:
		return ui.Notice(ctx, s.place.Host+" answers and has 1 model")
	case err == nil:
		return ui.Notice(ctx, s.place.Host+" answers and has "+count(len(models))+" models")
	case kind == sdk.KindNetwork || kind == sdk.KindOverloaded:
		return ui.Notice(ctx, sdk.AsError(err).Error()+"; stored all the same")
	default:
		return err
	}
}

func store(ctx context.Context, file string, s setup) (sdk.Account, error) {
	if file == "" {
		return sdk.Account{}, &sdk.Error{Kind: sdk.KindInternal, Op: "login", Message: "the host gave no folder to store the login in"}
	}
	err := credfile.Update(ctx, file, func(doc *credfile.Document) error {
		if err := doc.Set(s.place.URL, "base_url"); err != nil {
			return err
		}
		if s.key.IsZero() {
			doc.Delete("api_key")
			return nil
		}
		return doc.Set(s.key.Reveal(), "api_key")
	})
	return sdk.Account{Label: s.place.Host, Stored: file}, err
}

// Logout removes what Login stored.
func (p *Provider) Logout(ctx context.Context) ([]sdk.RemovedCredential, error) {
	file := loginFile(p.configuration().StateDir)
	if login, err := readStored(ctx, file); file == "" || err == nil && login == (stored{}) {
		return nil, nil
	}
	var removed []sdk.RemovedCredential
	err := credfile.Update(ctx, file, func(doc *credfile.Document) error {
		for _, entry := range []string{"base_url", "api_key"} {
			if doc.Delete(entry) {
				removed = append(removed, sdk.RemovedCredential{Path: file, Entry: entry})
			}
		}
		return nil
	})
	return removed, err
}
