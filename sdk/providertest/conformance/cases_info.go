package conformance

import (
	"context"
	"os"
	"reflect"
	"regexp"
	"time"

	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

var (
	everywhere = []Mode{InProcess, OverGRPC, Binary}
	onTheWire  = []Mode{OverGRPC, Binary}
	asProgram  = []Mode{Binary}
)

var infoCases = []Case{
	{ID: "info_pure", Section: sectionCalls, Modes: everywhere, run: infoPure, Proves: "GetInfo works before Configure, answers in under a second, and touches nothing: no file, no network, no other program"},
	{ID: "info_valid", Section: sectionProgram, Modes: everywhere, run: infoValid, Proves: "name and version are valid, and no two login methods have one id"},
	{ID: "info_stable", Section: sectionCalls, Modes: everywhere, run: infoStable, Proves: "GetInfo says the same at every call, but for capabilities and default models that depend on the configuration"},
	{ID: "health", Section: sectionHandshake, Modes: asProgram, run: health, Proves: "grpc.health.v1.Health reports the service \"plugin\" as SERVING"},
	{ID: "unknown_call", Section: sectionEvolution, Modes: onTheWire, run: unknownCall, Proves: "a call of a newer protocol is answered with UNIMPLEMENTED"},
	{ID: "unknown_fields", Section: sectionEvolution, Modes: onTheWire, run: unknownFields, Proves: "fields and capabilities of a newer host are ignored"},
	{ID: "configure_twice", Section: sectionCalls, Modes: everywhere, run: configureTwice, Proves: "a second Configure is taken or refused with an error, and the plugin goes on working"},
	{ID: "drain_twice", Section: sectionCalls, Modes: everywhere, run: drainTwice, Proves: "Drain may come more than once, and leaves a plugin that answers"},
}

func infoPure(c *check) {
	s := c.openBare()
	ctx, cancel := context.WithTimeout(c.ctx, c.limit(time.Second))
	defer cancel()
	if _, err := s.provider.Info(ctx); err != nil && ctx.Err() == nil {
		c.fatalf("info: %v%s", err, s.lastWords())
	}
	if ctx.Err() != nil {
		c.failf("info took more than %v", c.limit(time.Second))
	}
	if s.process == nil {
		return
	}
	for _, folder := range []string{s.home, s.work} {
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			c.failf("info left %v in the user's home or in its own folder (%v)", left, err)
		}
	}
	for _, socket := range sockets(s.process.PID()) {
		c.failf("info left a network socket open: %s", socket)
	}
	if n, _ := others(s); n > 0 {
		c.failf("info started %d other processes", n)
	}
}

func infoValid(c *check) {
	info, err := c.openBare().provider.Info(c.ctx)
	if err != nil {
		c.fatalf("info: %v", err)
	}
	nameForm := regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)
	versionForm := regexp.MustCompile(`^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`)
	if !nameForm.MatchString(info.Name) {
		c.failf("the name %q does not match %s", info.Name, nameForm)
	}
	if !versionForm.MatchString(info.Version) && info.Version != "(devel)" {
		c.failf("the version %q is no semantic version, such as 1.2.3", info.Version)
	}
	seen := map[string]bool{}
	for _, method := range info.LoginMethods {
		if method.ID == "" || seen[method.ID] {
			c.failf("the login method %q has no id, or that of another one", method.ID)
		}
		seen[method.ID] = true
	}
	c.distinctModels("default_models", info.DefaultModels)
}

func infoStable(c *check) {
	s := c.openBare()
	before, err := s.provider.Info(c.ctx)
	if err != nil {
		c.fatalf("info: %v", err)
	}
	c.configure(s)
	for call := range 3 {
		after, err := s.provider.Info(c.ctx)
		if err != nil {
			c.fatalf("info: %v", err)
		}
		if call == 0 {
			before.Capabilities, before.DefaultModels = after.Capabilities, after.DefaultModels
		}
		if !reflect.DeepEqual(before, after) {
			c.fatalf("info changed from %+v to %+v", before, after)
		}
	}
}

func health(c *check) {
	s := c.openBare()
	answer, err := healthpb.NewHealthClient(s.conn).Check(c.ctx, &healthpb.HealthCheckRequest{Service: "plugin"})
	if err != nil || answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		c.failf("the service \"plugin\" is %v (%v)", answer.GetStatus(), err)
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
	if c.subject.Fixtures.Text == nil {
		return
	}
	message := withGrease(c.onWire(c.subject.Fixtures.Text("grease")))
	withGrease(message.GetRequest())
	if events, err := c.exchange(s, message); err != nil || len(events) == 0 {
		c.failf("generate: %d events, %v", len(events), err)
	}
}

func configureTwice(c *check) {
	s := c.open()
	if err := s.provider.Configure(c.ctx, c.configOf(s)); err != nil && sdk.KindOf(err) == sdk.KindInternal {
		c.failf("the second Configure: %v", err)
	}
	if _, err := s.provider.Info(c.ctx); err != nil {
		c.failf("info after it: %v", err)
	}
	if c.subject.Fixtures.Text != nil {
		c.mustGenerate(s, c.subject.Fixtures.Text("twice"))
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
