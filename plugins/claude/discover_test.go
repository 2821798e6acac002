package claude

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/renewal"
)

const (
	liveToken = "sk-ant-oat01-live-0123456789"
	future    = int64(1_800_000_000_000)
	past      = int64(1_600_000_000_000)
)

// at is the time of these tests, between past and future.
var at = time.UnixMilli(1_700_000_000_000)

// home makes a home folder with files; a key is a path in it.
func home(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func oauthEntry(access string, expires int64) string {
	return fmt.Sprintf(`{"type":"oauth","access":%q,"refresh":"r","expires":%d}`, access, expires)
}

const (
	ownPath      = ".jcode/auth.json"
	claudePath   = ".claude/.credentials.json"
	openCodePath = ".local/share/opencode/auth.json"
)

func claudeFile(access string, expires int64) string {
	return fmt.Sprintf(`{"mcpOAuth":{},"claudeAiOauth":{"accessToken":%q,"refreshToken":"r","expiresAt":%d,"scopes":["user:inference"],"subscriptionType":"max"}}`, access, expires)
}

func searchIn(t *testing.T, sources []source, files, variables map[string]string) (found, string) {
	t.Helper()
	dir := home(t, files)
	config := sdk.Config{HomeDir: filepath.Join(dir, ".jcode"), Variables: sdk.Variables{}}
	for name, value := range variables {
		config.Variables[name] = sdk.NewSecret(strings.ReplaceAll(value, "HOME", dir))
	}
	return placesOf(config, dir).search(t.Context(), sources, at), dir
}

// The first source that can be used wins, in the order of the specification.
func TestSearchOrder(t *testing.T) {
	t.Parallel()
	everything := map[string]string{
		ownPath:      `{"anthropic":` + oauthEntry("own", future) + `}`,
		claudePath:   claudeFile("code", future),
		openCodePath: `{"anthropic":` + oauthEntry("open", future) + `}`,
	}
	variables := map[string]string{keyVariable: "key", tokenVariable: "token", oauthVariable: liveToken}
	for _, tt := range []struct {
		name    string
		sources []source
		want    []string
	}{
		{"direct", directSources, []string{keyVariable, tokenVariable, oauthVariable, ownPath, claudePath, openCodePath, ""}},
		{"program", cliSources, []string{oauthVariable, ownPath, claudePath, openCodePath, keyVariable, tokenVariable, ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files, vars := map[string]string{}, map[string]string{}
			for k, v := range everything {
				files[k] = v
			}
			for k, v := range variables {
				vars[k] = v
			}
			for i, want := range tt.want {
				got, dir := searchIn(t, tt.sources, files, vars)
				name := strings.TrimPrefix(got.credential.source, dir+"/")
				if name != want || len(got.passed) != i {
					t.Fatalf("step %d: %q, want %q; passed %v", i, name, want, got.passed)
				}
				delete(files, want)
				delete(vars, want)
			}
		})
	}
}

func TestSearchReads(t *testing.T) {
	t.Parallel()
	own := func(text string) map[string]string { return map[string]string{ownPath: text} }
	code := func(text string) map[string]string { return map[string]string{claudePath: text} }
	open := func(text string) map[string]string { return map[string]string{openCodePath: text} }
	for _, tt := range []struct {
		name      string
		files     map[string]string
		variables map[string]string
		secret    string // "" when nothing is usable
		why       string // of the file, or of the unusable login
	}{
		{"own, fresh", own(`{"anthropic":` + oauthEntry("a", future) + `}`), nil, "a", ""},
		{"own, expired and renewable", own(`{"anthropic":` + oauthEntry("a", past) + `}`), nil, "a", ""},
		{"own, expired without refresh", own(`{"anthropic":{"type":"oauth","access":"a","refresh":"","expires":1600000000000}}`), nil, "", "expired at 2020"},
		{"own, expired and refused", own(`{"anthropic":{"access":"a","refresh":"r","expires":1600000000000,"refused":"` + renewal.Fingerprint(sdk.NewSecret("r")) + `"}}`), nil, "", "refused to renew"},
		{"own, refused is an older one", own(`{"anthropic":{"access":"a","refresh":"r2","expires":1600000000000,"refused":"` + renewal.Fingerprint(sdk.NewSecret("r")) + `"}}`), nil, "a", ""},
		{"own, empty", own(`{"anthropic":{"type":"oauth","access":"","refresh":"","expires":0}}`), nil, "", "logged out"},
		{"own, key", own(`{"anthropic":{"type":"api","key":"k"}}`), nil, "k", ""},
		{"own, seconds", own(`{"anthropic":{"access":"a","refresh":"","expires":1800000000}}`), nil, "a", ""},
		{"own, no expiry", own(`{"anthropic":{"access":"a"}}`), nil, "a", ""},
		{"own, several accounts", own(`{"anthropic_accounts":[{"label":"x","access":"x","expires":1800000000000},{"label":"y","access":"y","expires":1800000000000}],"active_anthropic_account":"y"}`), nil, "y", ""},
		{"own, unknown active account", own(`{"anthropic_accounts":[{"label":"x","access":"x","expires":1800000000000}],"active_anthropic_account":"gone"}`), nil, "x", ""},
		{"own, active account is empty", own(`{"anthropic_accounts":[{"label":"x","access":"x"},{"label":"y","access":""}],"active_anthropic_account":"y"}`), nil, "x", ""},
		{"own, entry beats accounts", own(`{"anthropic_accounts":[{"label":"x","access":"x"}],"anthropic":` + oauthEntry("a", future) + `}`), nil, "a", ""},
		{"own, of somebody else", own(`{"other":1}`), nil, "", "no login"},
		{"own, broken", own(`{"anthropic":`), nil, "", "cannot be parsed"},
		{"own, odd entry", own(`{"anthropic":7}`), nil, "", "cannot be read"},
		{"own, token with a line break", own(`{"anthropic":{"access":"a\nb"}}`), nil, "", "characters"},
		{"own, no inference", own(`{"anthropic":{"access":"a","scopes":["user:profile"]}}`), nil, "", "user:inference"},
		{"code", code(claudeFile("a", future)), nil, "a", ""},
		{"code, expired", code(claudeFile("a", past)), nil, "", "expired at"},
		{"code, blanked", code(`{"claudeAiOauth":{"accessToken":"","refreshToken":"","expiresAt":0}}`), nil, "", "logged out"},
		{"code, numeric text", code(`{"claudeAiOauth":{"accessToken":"a","expiresAt":"1800000000000","scopes":"user:inference x","subscriptionType":null}}`), nil, "a", ""},
		{"code, date", code(`{"claudeAiOauth":{"accessToken":"a","expiresAt":"2027-01-15T08:00:00Z"}}`), nil, "a", ""},
		{"code, past date", code(`{"claudeAiOauth":{"accessToken":"a","expiresAt":"2020-01-15T08:00:00Z"}}`), nil, "", "expired at 2020"},
		{"code, bare", code(`{"accessToken":"a","refreshToken":"r","expiresAt":1800000000000}`), nil, "a", ""},
		{"code, other things only", code(`{"mcpOAuth":{}}`), nil, "", "has no login"},
		{"code, moved", map[string]string{"elsewhere/.credentials.json": claudeFile("a", future)}, map[string]string{configDirVariable: "HOME/elsewhere"}, "a", ""},
		{"open", open(`{"anthropic":` + oauthEntry("a", future) + `}`), nil, "a", ""},
		{"open, key", open(`{"anthropic":{"type":"api","key":"k"}}`), nil, "", "OpenCode's"},
		{"open, wellknown", open(`{"anthropic":{"type":"wellknown","key":"k","token":"t"}}`), nil, "", "another kind"},
		{"open, moved", map[string]string{"data/opencode/auth.json": `{"anthropic":` + oauthEntry("a", future) + `}`}, map[string]string{dataVariable: "HOME/data"}, "a", ""},
		{"token variable", nil, map[string]string{oauthVariable: liveToken}, liveToken, ""},
		{"token variable with JSON", nil, map[string]string{oauthVariable: `{"claudeAiOauth":{"accessToken":"a"}}`}, "a", ""},
		{"token variable, expired", nil, map[string]string{oauthVariable: `{"accessToken":"a","expiresAt":1}`}, "", "expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _ := searchIn(t, directSources, tt.files, tt.variables)
			if got.credential.secret.Reveal() != tt.secret {
				t.Errorf("%q, want %q; %+v", got.credential.secret.Reveal(), tt.secret, got.passed)
			}
			reasons := got.why
			for _, p := range got.passed {
				reasons += "; " + p.Reason
			}
			if !strings.Contains(reasons, tt.why) {
				t.Errorf("%s", reasons)
			}
		})
	}
}

// A token of a login is one wherever it is put, and so stays with the vendor.
func TestTokenByItsLooks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{keyVariable, tokenVariable} {
		got, _ := searchIn(t, directSources, nil, map[string]string{name: liveToken})
		if c := got.credential; !c.oauth || !c.bearer || c.method != methodOAuth {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// In the hands of Claude Code its own expired login is as good as any.
func TestClaudeRenewsItself(t *testing.T) {
	t.Parallel()
	got, _ := searchIn(t, cliSources, map[string]string{claudePath: claudeFile("a", past)}, nil)
	if !got.credential.elsewhere || got.credential.plan != "max" {
		t.Errorf("%+v", got)
	}
}

func TestErrorOfTheUnusable(t *testing.T) {
	t.Parallel()
	for path, tt := range map[string]struct{ text, want string }{
		claudePath:   {claudeFile("a", past), "renews it when you run claude"},
		openCodePath: {`{"anthropic":` + oauthEntry("a", past) + `}`, "OpenCode"},
	} {
		got, _ := searchIn(t, directSources, map[string]string{path: tt.text}, nil)
		err := settings{direct: true, found: got}.usable()
		if sdk.KindOf(err) != sdk.KindUnauthenticated || !strings.Contains(err.Error(), tt.want) || sdk.AsError(err).Remedy != loginRemedy {
			t.Errorf("%v", err)
		}
	}
}

// A file that is there and tells nothing is what the user has to know of.
func TestErrorNamesTheBrokenFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"anthropic":`, `[]`} {
		got, dir := searchIn(t, directSources, map[string]string{ownPath: text}, nil)
		err := settings{direct: true, found: got}.usable()
		if sdk.KindOf(err) != sdk.KindUnauthenticated || !strings.Contains(err.Error(), filepath.Join(dir, ownPath)+" cannot be parsed; nobody is logged in") {
			t.Errorf("%v", err)
		}
	}
}

// What is merged into one account leaves the others and unknown fields alone.
func TestMergeIntoAccount(t *testing.T) {
	t.Parallel()
	doc, err := credfile.Parse([]byte(`{"anthropic_accounts":[{"label":"x","access":"1","more":1.0},{"label":"y","access":"2"}],"z":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := mergeEntry(doc, 1, map[string]any{"access": "new"}); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if _, err := doc.Decode(&list, accountsKey); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{"label": "x", "access": "new", "more": 1.0}, {"label": "y", "access": "2"}}
	if d := cmp.Diff(want, list); d != "" {
		t.Error(d)
	}
	if err := mergeEntry(doc, 3, nil); err == nil {
		t.Error("an account that is not there is written")
	}
}

// No file makes a reader panic, or an empty token a credential.
func FuzzReaders(f *testing.F) {
	for _, seed := range []string{
		`{"anthropic":` + oauthEntry("a", future) + `}`, claudeFile("a", past), `{"anthropic_accounts":[{}]}`,
		`{"anthropic":{"expires":"x","scopes":7,"access":[]}}`, `{"claudeAiOauth":null}`, `{"anthropic":null,"anthropic_accounts":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := credfile.Parse(text)
		if err != nil {
			return
		}
		for _, read := range []reader{readOwn, readClaudeCode, readOpenCode, readForClaude} {
			c, reason := read(doc, "file")
			if reason == "" && c.fault(at) == "" && (c.secret.IsZero() || !httpapi.HeaderSafe(c.secret.Reveal())) {
				t.Errorf("%+v", c)
			}
		}
	})
}
