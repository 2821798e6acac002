package plugin

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// TransportError says that a call failed because the connection to the plugin
// did: the process died or was ended, the socket is gone, the plugin is
// shutting down, or the host closed the connection. It tells nothing about the
// vendor, and it is the only error of a [Client] that does. Find it with
// errors.As; its sdk.KindOf is sdk.KindInternal.
//
// The exact rule: the call's own context is not done, the failure carries no
// ProviderError detail, and its gRPC code is Unavailable or Canceled, or it has
// none at all. Whatever the provider itself reports carries the detail, also
// with the code Unavailable.
//
// After it the connection is of no more use; the host starts a new plugin.
type TransportError struct {
	// Op is what the host was doing: "generate".
	Op string
	// Err is what gRPC reported.
	Err error
}

// Error names the operation and gRPC's reason.
func (e *TransportError) Error() string {
	return e.Op + ": connection to the plugin lost: " + reason(e.Err)
}

// Unwrap returns what gRPC reported.
func (e *TransportError) Unwrap() error { return e.Err }

// reason drops gRPC's "rpc error: code = …" around the text.
func reason(err error) string {
	if st, ok := status.FromError(err); ok && st.Message() != "" {
		return st.Message()
	}
	return err.Error()
}

func isTransport(st *status.Status) bool {
	return st.Code() == codes.Unavailable || st.Code() == codes.Canceled
}

// errStopping is what calls get that a plugin's end cuts off: a status without
// detail, so that the host takes it for the plugin's end and not the vendor's.
var errStopping = status.Error(codes.Unavailable, "the plugin is shutting down")
