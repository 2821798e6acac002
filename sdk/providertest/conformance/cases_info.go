package conformance

import (
	"context"
	"os"
	"reflect"
	"regexp"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

var (
	everywhere = []Mode{InProcess, OverGRPC, Binary}
	onTheWire  = []Mode{OverGRPC, Binary}
	asProgram  = []Mode{Binary}
)

var infoCases = []Case{
	{"info_pure", "Info works before Configure, in under a second, without touching the user's home; name and version are valid", everywhere, infoPure},
	{"info_stable", "Info says the same at every call, but for capabilities that depend on the configuration", everywhere, infoStable},
	{"unknown_call", "a call of a newer protocol is answered with Unimplemented", onTheWire, unknownCall},
	{"unknown_fields", "fields of a newer protocol are ignored", onTheWire, unknownFields},
	{"drain_twice", "Drain may be called again and still leaves a provider that answers", everywhere, drainTwice},
}

var (
	nameForm    = regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)
	versionForm = regexp.MustCompile(`^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`)
)

func infoPure(c *check) {
	s := c.openBare()
	ctx, cancel := context.WithTimeout(c.ctx, c.limit(time.Second))
	defer cancel()
	info, err := s.provider.Info(ctx)
	if err != nil {
		c.fatalf("info: %v", err)
	}
	if ctx.Err() != nil {
		c.failf("info took more than %v", c.limit(time.Second))
	}
	if !nameForm.MatchString(info.Name) {
		c.failf("the name %q does not match %s", info.Name, nameForm)
	}
	if !versionForm.MatchString(info.Version) && info.Version != "(devel)" {
		c.failf("the version %q is no semantic version", info.Version)
	}
	if s.home == "" {
		return
	}
	if left, err := os.ReadDir(s.home); err != nil || len(left) > 0 {
		c.failf("info left %v in the user's home (%v)", left, err)
	}
}

func infoStable(c *check) {
	s := c.openBare()
	before, err := s.provider.Info(c.ctx)
	if err != nil {
		c.fatalf("info: %v", err)
	}
	if err := s.provider.Configure(c.ctx, c.config()); err != nil {
		c.fatalf("configure: %v", err)
	}
	for call := range 3 {
		after, err := s.provider.Info(c.ctx)
		if err != nil {
			c.fatalf("info: %v", err)
		}
		if call == 0 {
			before.Capabilities = after.Capabilities
		}
		if !reflect.DeepEqual(before, after) {
			c.fatalf("info changed from %+v to %+v", before, after)
		}
	}
}

func unknownCall(c *check) {
	s := c.open()
	err := s.conn.Invoke(c.ctx, "/jcode.provider.v1.ProviderService/FromTheFuture", &pb.DrainRequest{}, &pb.DrainResponse{})
	if status.Code(err) != codes.Unimplemented {
		c.failf("an unknown call gave %v", err)
	}
}

// grease is field 1023, which no message has.
var grease = []byte{0xfa, 0x3f, 4, 'n', 'e', 'w', '!'}

func withGrease[M proto.Message](message M) M {
	message.ProtoReflect().SetUnknown(grease)
	return message
}

func unknownFields(c *check) {
	s := c.open()
	rpc := pb.NewProviderServiceClient(s.conn)
	if _, err := rpc.GetInfo(c.ctx, withGrease(&pb.GetInfoRequest{HostCapabilities: []string{"grease-capability"}})); err != nil {
		c.failf("info: %v", err)
	}
	if _, err := rpc.AuthStatus(c.ctx, withGrease(&pb.AuthStatusRequest{})); err != nil {
		c.failf("auth status: %v", err)
	}
	if _, err := rpc.Drain(c.ctx, withGrease(&pb.DrainRequest{})); err != nil {
		c.failf("drain: %v", err)
	}
}

func drainTwice(c *check) {
	s := c.open()
	ctx, cancel := context.WithTimeout(c.ctx, c.limit(5*time.Second))
	defer cancel()
	for range 2 {
		if err := s.provider.Drain(ctx); err != nil {
			c.failf("drain: %v", err)
		}
	}
	if _, err := s.provider.Info(ctx); err != nil {
		c.failf("info after drain: %v", err)
	}
}
