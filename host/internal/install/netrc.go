package install

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"runtime"

	"github.com/git-lfs/go-netrc/netrc"

	"github.com/jcode-go/jcode/sdk"
)

// login is what the user's netrc file has for one host.
type login struct {
	name   string
	secret sdk.Secret
}

// netrcLogin looks a host up: with its port, then without. The file's default entry
// is nobody's: it would hand a login to every host that a release names. Found is
// false when there is no file or no entry.
func (in *Installer) netrcLogin(u *url.URL) (l login, found bool, err error) {
	path := in.netrcPath()
	if path == "" {
		return login{}, false, nil
	}
	file, err := netrc.ParseFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return login{}, false, nil
	}
	if err != nil { // the parser quotes what it could not read, which may be a password
		return login{}, false, &Error{Op: "read " + path, Kind: KindUsage, Detail: parseFault(err), Remedy: "mend it, or set NETRC to another file"}
	}
	for _, host := range []string{u.Host, u.Hostname()} {
		if m := file.FindMachine(host, ""); m != nil && !m.IsDefault() && m.Password != "" {
			return login{name: m.Login, secret: sdk.NewSecret(m.Password)}, true, nil
		}
	}
	return login{}, false, nil
}

func parseFault(err error) string {
	var fault *netrc.Error
	if errors.As(err, &fault) {
		return fmt.Sprintf("line %d is not in netrc's form", fault.LineNum)
	}
	var file *fs.PathError
	if errors.As(err, &file) {
		return file.Err.Error()
	}
	return "it is not in netrc's form"
}

// netrcPath is NETRC, else the file that curl and the go command read.
func (in *Installer) netrcPath() string {
	if path := in.env("NETRC"); path != "" {
		return path
	}
	home, name := in.env("HOME"), ".netrc"
	if runtime.GOOS == "windows" {
		home, name = in.env("USERPROFILE"), "_netrc"
	}
	if home == "" {
		return ""
	}
	return filepath.Join(home, name)
}
