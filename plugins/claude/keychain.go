package claude

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const (
	keychainService = "Claude Code-credentials"
	// keychainLimit is for a person who is asked for a password, keychainSoon for
	// when nobody is there.
	keychainLimit = time.Minute
	keychainSoon  = 5 * time.Second
)

// keychainItem is where in the system's keychain Claude Code keeps its login.
type keychainItem struct{ service, account string }

// keychainItemOf names the item of a user. Its service tells configuration folders
// apart where the variable for them is set, by the text of that as it is, composed.
// Seen by the community in Claude Code 2; not documented.
func keychainItemOf(configDir, account string) keychainItem {
	service := keychainService
	if configDir != "" {
		sum := sha256.Sum256(norm.NFC.Bytes([]byte(configDir)))
		service += "-" + hex.EncodeToString(sum[:])[:8]
	}
	return keychainItem{service, account}
}

// arguments are those of /usr/bin/security. The account matters: another item of
// the same service holds other things.
func (i keychainItem) arguments() []string {
	return []string{"find-generic-password", "-s", i.service, "-a", i.account, "-w"}
}

// keychainText is the secret in what security prints: a line, in hexadecimal digits
// if the secret is not plain ASCII.
func keychainText(output string) string {
	text := strings.TrimSpace(output)
	if decoded, err := hex.DecodeString(text); err == nil && len(decoded) > 0 && decoded[0] == '{' {
		return string(decoded)
	}
	return text
}

// The exit codes of security, which are the low bytes of the system's.
const (
	keychainNotFound   = 44  // errSecItemNotFound
	keychainCancelled  = 128 // errSecUserCanceled
	keychainLocked     = 36  // errSecInteractionNotAllowed
	keychainNoPassword = 51  // errSecAuthFailed
)

// fault is why the item was not handed out. The code is -1 when security did not
// answer in time.
func (i keychainItem) fault(code int) error {
	e := &sdk.Error{Kind: sdk.KindPermissionDenied, Op: opLogin, Remedy: "jcode login --provider claude --method keychain"}
	switch code {
	case keychainNotFound:
		e.Kind, e.Remedy = sdk.KindUnauthenticated, loginRemedy
		e.Message = fmt.Sprintf("the keychain has no login of Claude Code (%q of %s)", i.service, i.account)
	case keychainCancelled, keychainNoPassword:
		e.Message = "the keychain was not opened"
	case keychainLocked:
		e.Message, e.Remedy = "the keychain is locked, and nobody can be asked here", "security unlock-keychain, then log in again"
	case -1:
		e.Message = "the keychain did not answer; allow the access when macOS asks"
	default:
		e.Message = fmt.Sprintf("the keychain cannot be read (security exited with status %d)", code)
	}
	return e
}

// userOf is the account name that Claude Code uses: the variable, else the system's.
func userOf(environment []string) (string, error) {
	if name := valueOf(environment, "USER"); name != "" {
		return name, nil
	}
	who, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("find user name: %w", err)
	}
	return who.Username, nil
}

// loginWithKeychain takes the access token of Claude Code's login out of the
// system's keychain, and only that: the login stays Claude Code's, which alone
// renews it. It may make the system ask, so that nothing but this explicit method
// does it.
func (p *Provider) loginWithKeychain(ctx context.Context, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	config := p.configuration()
	account, err := userOf(config.ChildEnvironment)
	if err != nil {
		return sdk.Account{}, &sdk.Error{Kind: sdk.KindConfiguration, Op: opLogin, Err: err}
	}
	limit := keychainLimit
	if request.Headless {
		limit = keychainSoon
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	output, err := p.keychain(limited, keychainItemOf(config.Variables.Get(configDirVariable), account))
	if ctx.Err() != nil {
		return sdk.Account{}, httpapi.Cancelled(opGenerate, context.Cause(ctx))
	}
	if err != nil {
		return sdk.Account{}, err
	}
	c, reason := readTokenVariable(keychainText(output))
	if reason == "" {
		reason = c.fault(p.clock.Now())
	}
	if reason != "" {
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindUnauthenticated, Op: opLogin, Message: "the login in the keychain cannot be used: " + reason, Remedy: loginRemedy,
		}
	}
	fields := tokenFields(c)
	fields["type"], fields["subscription_type"] = "oauth", c.plan
	return p.store(ctx, c, fields, ui)
}

// errNoKeychain is the answer of other systems than macOS.
var errNoKeychain = &sdk.Error{
	Kind: sdk.KindConfiguration, Op: opLogin, Message: "only macOS has a keychain", Remedy: loginRemedy, Err: errors.ErrUnsupported,
}
