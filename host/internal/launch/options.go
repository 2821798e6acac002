package launch

import (
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/sdk"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// Transport says how host and plugin know each other.
type Transport string

// The transports.
const (
	// TransportAuto is the socket where it can be had, else AutoMTLS.
	TransportAuto Transport = ""
	// TransportSocket is a private socket, peer credentials and a token. Unix,
	// and plugins with the SDK.
	TransportSocket Transport = "socket"
	// TransportMTLS is go-plugin's AutoMTLS: some 30 ms slower to start.
	TransportMTLS Transport = "mtls"
)

// Options say how plugins are started. The same value may serve several
// supervisors; it is not changed.
type Options struct {
	// Home is jcode's own folder, absolute. It is made if it is missing.
	Home string
	// Environ is the user's environment, "NAME=value".
	Environ []string
	// HostVersion is the version of jcode.
	HostVersion string
	// WorkingDir is the absolute folder that the user works in.
	WorkingDir string
	// Settings are the provider's settings from config.toml.
	Settings map[string]string
	// Denied are declared variables that the user did not grant.
	Denied []string
	// Others are what the manifests of all other plugins declare: names that a
	// vendor's program of this plugin must not see.
	Others []discover.Environment
	// Transport overrides the choice of transport.
	Transport Transport
	// StartTimeout bounds a start up to the first answer; 0 means 10 s.
	StartTimeout time.Duration
	// SkipHash leaves the digest out for plugins without a lock, for
	// measurements.
	SkipHash bool
	// HashAlways also hashes a bundled program that was hashed within a day and has
	// not changed since.
	HashAlways bool
	// LogLevel is what the plugin writes to its log: "trace", "debug", "info",
	// "warn" or "error"; empty leaves the choice to it.
	LogLevel string
	// OnRestart is told before a plugin is started again. It must return soon and
	// not call the supervisor.
	OnRestart func(Restart)
	// OnStart is told of each process that has answered and is configured. It must
	// return soon and not call the supervisor.
	OnStart func(Facts)
	// OnFailure is told of each start that failed. It must return soon and not call
	// the supervisor.
	OnFailure func(err error, took time.Duration)
	// OnLog is given each log line of the plugin, redacted, beside the log
	// file. It must return soon and is called from one goroutine per process.
	OnLog func(Record)
}

const (
	defaultStartTimeout = 10 * time.Second
	infoTimeout         = time.Second
)

func (o Options) startTimeout() time.Duration {
	if o.StartTimeout > 0 {
		return o.StartTimeout
	}
	return defaultStartTimeout
}

// Facts are what is known of a running process. A plain value.
type Facts struct {
	Name    string
	Version string
	Path    string
	Source  discover.Source
	// Protocol is the negotiated version.
	Protocol int
	// SHA256 is the digest of the program in lower-case hex.
	SHA256 string
	PID    int
	// Verified means that plugins.lock has this digest. Remembered means that it was
	// compared within a day, by the same user, and that the file has not changed since.
	Verified, Remembered bool
	// ByDescriptor means that the hashed bytes themselves were executed; else
	// the path was, after it had been hashed.
	ByDescriptor bool
	// Attached means that somebody else started it: it is neither verified nor ended.
	Attached bool
	// Guarded means that a guardian watches the process tree.
	Guarded   bool
	Transport Transport
	// Sandbox is what a probe inside the process found.
	Sandbox Sandbox
	// Info is what the plugin says of itself.
	Info sdk.Info
	// Restarts counts the starts of this supervisor after the first.
	Restarts int
	// Steps are the parts of the start, in their order. Read only.
	Steps []Step
}

// Protocols are the versions of the provider protocol that this host speaks.
func Protocols() []int { return []int{sdkplugin.ProtocolVersion} }

// transportFor chooses the transport for a plugin.
func (o Options) transportFor(p discover.Plugin, socketWorks bool) Transport {
	if o.Transport != TransportAuto {
		return o.Transport
	}
	if socketWorks && !p.Foreign {
		return TransportSocket
	}
	return TransportMTLS
}

// guarded reports whether the plugin may leave processes behind. A bundled one ends
// with its lifeline and starts none, or, when it runs a vendor's program, starts it
// through the SDK, under a guardian of its own that outlives the plugin. That saves
// the memory of a second one.
func guarded(p discover.Plugin) bool {
	return p.Source != discover.SourceBundled || p.Foreign
}
