package claude

import (
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// announce tells, once in the life of this installation each, what the vendor's
// terms say about the use of a login, and which file a login comes from.
func (p *Provider) announce(c credential, tell func(sdk.Event) error) error {
	if c.origin != fromVariable {
		if err := p.sayOnce("source "+c.source, sdk.WarningEvent{
			Code: "credential_source", Message: "using the login in " + c.source + ". Said once.",
		}, tell); err != nil {
			return err
		}
	}
	if !c.oauth {
		return nil
	}
	return p.sayOnce("terms", sdk.WarningEvent{Code: "vendor_terms", Message: termsNotice}, tell)
}

// sayOnce tells what was not told before. That it was told is a file in the
// plugin's own folder; where none can be made, it is told once in each process.
func (p *Provider) sayOnce(id string, warning sdk.WarningEvent, tell func(sdk.Event) error) error {
	if shellout.FirstTime(p.configuration().StateDir, id) {
		return tell(warning)
	}
	return nil
}
