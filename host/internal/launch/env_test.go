package launch

import (
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/host/internal/discover"
)

func TestProcessEnvironment(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		goos     string
		in, want []string
	}{
		"basics": {
			in:   []string{"PATH=/bin", "HOME=/h", "USER=u", "LOGNAME=u", "SHELL=/bin/sh", "LANG=C", "TERM=xterm", "TZ=UTC", "TMPDIR=/t"},
			want: []string{"PATH=/bin", "HOME=/h", "USER=u", "LOGNAME=u", "SHELL=/bin/sh", "LANG=C", "TERM=xterm", "TZ=UTC", "TMPDIR=/t"},
		},
		"prefixes": {
			in:   []string{"LC_ALL=C", "XDG_CONFIG_HOME=/c", "SSL_CERT_FILE=/f", "SSL_CERT_DIR=/d", "LC=no", "XDG=no", "SSL_KEY=no"},
			want: []string{"LC_ALL=C", "XDG_CONFIG_HOME=/c", "SSL_CERT_FILE=/f", "SSL_CERT_DIR=/d"},
		},
		"proxies in any case": {
			in:   []string{"HTTPS_PROXY=a", "https_proxy=b", "No_Proxy=c", "ALL_PROXY=d", "MY_PROXY=no"},
			want: []string{"HTTPS_PROXY=a", "https_proxy=b", "No_Proxy=c", "ALL_PROXY=d"},
		},
		"nothing else": {
			in: []string{
				"ACME_API_KEY=k", "GITHUB_TOKEN=t", "AWS_SECRET_ACCESS_KEY=s", "SSH_AUTH_SOCK=/s", "LD_PRELOAD=/evil.so",
				"GODEBUG=x", "JCODE_PROVIDER=x", "JCODE_PLUGIN_TOKEN=t", "PATHEXT=x", "PWD=/", "path=/lower",
			},
			want: nil,
		},
		"last one counts":    {in: []string{"PATH=/a", "LANG=C", "PATH=/b"}, want: []string{"LANG=C", "PATH=/b"}},
		"value with newline": {in: []string{"LANG=a\nGITHUB_TOKEN=b=c"}, want: []string{"LANG=a\nGITHUB_TOKEN=b=c"}},
		"malformed":          {in: []string{"=C:=C:\\", "PATH", "", "LANG="}, want: []string{"LANG="}},
		"given home loses":   {in: []string{"JCODE_HOME=/other"}, want: nil},
		"windows": {
			goos: "windows", in: []string{"Path=C:\\", "SystemRoot=C:\\Windows", "AppData=x", "Secret=y"},
			want: []string{"Path=C:\\", "SystemRoot=C:\\Windows", "AppData=x"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goos := test.goos
			if goos == "" {
				goos = "linux"
			}
			want := append(test.want, "JCODE_HOME=/jh")
			if diff := cmp.Diff(want, processEnvironmentOn(goos, test.in, "/jh")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEnvironmentWall starts a plugin from an environment full of secrets and looks
// at what the process was given.
func TestEnvironmentWall(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("/proc/self/environ")
	}
	o := testOptions(t)
	o.Environ = []string{
		"PATH=/usr/bin:/bin", "HOME=/h", "ACME_API_KEY=k", "GITHUB_TOKEN=t", "LD_LIBRARY_PATH=/l", "https_proxy=http://p",
		"JCODE_PLUGIN_TOKEN=stale", "SSH_AUTH_SOCK=/s",
	}
	for name, p := range map[string]discover.Plugin{"guarded": testPlugin(t, "wall"), "direct": bundled(testPlugin(t, "wall"))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reported(t, launched(t, p, o))
			got := map[string]bool{}
			for _, entry := range r.Environ {
				name, _, _ := strings.Cut(entry, "=")
				got[name] = true
			}
			want := []string{
				"HOME", "JCODE_HOME", "JCODE_PLUGIN_HOST_PID", "JCODE_PLUGIN_TOKEN", "JCODE_PROVIDER_PLUGIN", "PATH",
				"PLUGIN_MAX_PORT", "PLUGIN_MIN_PORT", "PLUGIN_PROTOCOL_VERSIONS", "PLUGIN_UNIX_SOCKET_DIR", "https_proxy",
			}
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
				t.Error(diff)
			}
			if slices.Contains(r.Environ, "JCODE_PLUGIN_TOKEN=stale") {
				t.Error("the user's own variable went through")
			}
			if r.Session != r.PID || r.Dir != r.StateDir {
				t.Errorf("session %d of pid %d, folder %s", r.Session, r.PID, r.Dir)
			}
		})
	}
}

func TestGrantedVariables(t *testing.T) {
	t.Parallel()
	declared := discover.Environment{Variables: []string{"ACME_KEY", "ACME_EMPTY", "ACME_DENIED"}, Prefixes: []string{"ACME_OPT_"}}
	environ := []string{"ACME_KEY=old", "ACME_KEY=k", "ACME_EMPTY=", "ACME_DENIED=d", "ACME_OPT_A=1", "ACME_OTHER=no", "OTHER_KEY=no"}
	got := map[string]string{}
	for name, secret := range GrantedVariables(environ, declared, []string{"ACME_DENIED"}) {
		got[name] = secret.Reveal()
	}
	if diff := cmp.Diff(map[string]string{"ACME_KEY": "k", "ACME_OPT_A": "1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestChildEnvironment(t *testing.T) {
	t.Parallel()
	own := discover.Environment{Variables: []string{"ACME_KEY", "SHARED_KEY", "ACME_DENIED_TOKEN"}}
	others := []discover.Environment{
		{Variables: []string{"RIVAL_HOME", "SHARED_KEY"}, Prefixes: []string{"RIVAL_OPT_"}}, {Variables: []string{"THIRD"}},
	}
	tests := map[string]bool{
		"JAVA_HOME=/j": true, "SSH_AUTH_SOCK=/s": true, "DISPLAY=:0": true, "PATH=/bin": true, "HOME=/h": true,
		"ACME_KEY=k": true, "SHARED_KEY=both": true, "ACME_DENIED_TOKEN=no": false,
		"RIVAL_HOME=/r": false, "RIVAL_OPT_X=1": false, "THIRD=3": false,
		"GITHUB_TOKEN=t": false, "AWS_SECRET_ACCESS_KEY=s": false, "CLIENT_SECRET=s": false, "DB_PASSWORD=p": false,
		"npm_token=t": false, "TOKEN=t": false, "KEYBOARD=us": true, "MONKEY=m": true, "TOKENIZERS=1": true,
		"JCODE_PLUGIN_TOKEN_X=1": false, "JCODE_PROVIDER_PLUGIN=1": false, "PLUGIN_MIN_PORT=1": false, "JCODE_ACME_PATH=/x": true,
	}
	var environ []string
	for entry := range tests {
		environ = append(environ, entry)
	}
	got := ChildEnvironment(environ, own, others, []string{"ACME_DENIED_TOKEN"})
	for entry, want := range tests {
		if slices.Contains(got, entry) != want {
			t.Errorf("%s: passed on %v, want %v", entry, !want, want)
		}
	}
	if ChildEnvironment(nil, own, nil, nil) == nil {
		t.Error("nil means that the plugin runs no program")
	}
}
