package plugin

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// crossed compares a value with what arrived: empty is nil, and text has become
// valid UTF-8; everything else is exact.
var crossed = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b sdk.Secret) bool { return clean(a.Reveal()) == clean(b.Reveal()) }),
	cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
	cmp.FilterPath(func(p cmp.Path) bool { return !strings.Contains(p.String(), "ChildEnvironment") },
		cmp.Comparer(sameText[string])),
	cmp.Comparer(sameText[sdk.Role]), cmp.Comparer(sameText[sdk.ToolChoiceMode]), cmp.Comparer(sameText[sdk.StopReason]),
}

func sameText[S ~string](a, b S) bool { return clean(string(a)) == clean(string(b)) }

// onWire marshals and unmarshals, so that a marshal error or a lossy field shows.
func onWire[M proto.Message](t *testing.T, in M) M {
	t.Helper()
	if _, err := proto.Marshal(in); err != nil { // stricter than our codec
		t.Fatalf("marshal %T: %v", in, err)
	}
	out, ok := readBoth[M](t, byCodec(t, in))
	if !ok {
		t.Fatalf("%T cannot be read", in)
	}
	return out
}

// trip checks one type: there and back is the same, and there again too.
func trip[T any, M proto.Message](t *testing.T, data []byte, to func(T) (M, error), from func(M) (T, error)) {
	t.Helper()
	value := randomOf[T](data)
	wire, err := to(value)
	if err != nil {
		t.Fatalf("%T to wire: %v", value, err)
	}
	back, err := from(onWire(t, wire))
	if err != nil {
		t.Fatalf("%T from wire: %v", value, err)
	}
	if diff := cmp.Diff(value, back, crossed); diff != "" {
		t.Fatalf("%T changed (-sent +arrived):\n%s", value, diff)
	}
	again, err := to(back)
	if err != nil || !proto.Equal(onWire(t, wire), onWire(t, again)) {
		t.Fatalf("%T is different on the wire the second time: %v", value, err)
	}
}

func sure[From, To any](convert func(From) To) func(From) (To, error) {
	return func(v From) (To, error) { return convert(v), nil }
}

// tripAll sends one value of every type that crosses.
func tripAll(t *testing.T, data []byte) {
	t.Helper()
	trip(t, data, requestToProto, requestFromProto)
	trip(t, data, func(m sdk.Message) (*pb.Message, error) { return messageToProto(&m) }, messageFromProto)
	trip(t, data, eventToProto, sure(eventFromProto))
	trip(t, data, sure(resultToProto), sure(func(m *pb.GenerateResponse) sdk.Result { return resultFromProto(m.GetFinish()) }))
	trip(t, data, sure(infoToProto), sure(infoFromProto))
	trip(t, data, sure(modelsToProto), sure(modelsFromProto))
	trip(t, data, sure(checksToProto), sure(checksFromProto))
	trip(t, data, sure(authToProto), sure(authFromProto))
	trip(t, data, sure(removedToProto), sure(removedFromProto))
	trip(t, data, sure(loginToProto), sure(loginFromProto))
	trip(t, data, sure(accountToProto), sure(accountFromProto))
	trip(t, data, sure(deviceCodeToProto), sure(deviceCodeFromProto))
	trip(t, data, sure(progressToProto), sure(progressFromProto))
	trip(t, data, sure(callbackToProto), sure(callbackFromProto))
	trip(t, data, sure(withID(openURLToProto)), sure(openURLFromProto))
	trip(t, data, sure(withID(promptToProto)), sure(promptFromProto))
	trip(t, data, sure(withID(chooseToProto)), sure(chooseFromProto))
	trip(t, data, sure(func(a sdk.PermissionAnswer) *pb.PermissionAnswer {
		return permissionAnswerToProto("7", a).GetPermissionAnswer()
	}), sure(permissionAnswerFromProto))
}

func withID[T, M any](convert func(string, T) M) func(T) M {
	return func(v T) M { return convert("7", v) }
}

// tripConfig is apart: its folders must be UTF-8, and so must its map keys, of
// which two could otherwise become one.
func tripConfig(t *testing.T, data []byte) {
	t.Helper()
	config := randomOf[sdk.Config](data)
	for _, dir := range []*string{&config.WorkingDir, &config.HomeDir, &config.StateDir, &config.CacheDir} {
		*dir = clean(*dir)
	}
	for key := range config.Settings {
		if clean(key) != key {
			delete(config.Settings, key)
		}
	}
	for key := range config.Variables {
		if clean(key) != key {
			delete(config.Variables, key)
		}
	}
	wire, err := configToProto(config)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config, configFromProto(onWire(t, wire)), crossed); diff != "" {
		t.Fatalf("config changed (-sent +arrived):\n%s", diff)
	}
}

// TestRoundTrip sends thousands of values with everything set at random.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	source := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		data := make([]byte, source.IntN(600))
		for i := range data {
			data[i] = byte(source.UintN(256))
		}
		tripAll(t, data)
		tripConfig(t, data)
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("\x05hello\x01\xff\x02", 60)))
	f.Fuzz(func(t *testing.T, data []byte) {
		tripAll(t, data)
		tripConfig(t, data)
	})
}

// FuzzDecode goes the other way: whatever bytes a plugin sends, an event that is
// understood means the same after going back.
func FuzzDecode(f *testing.F) {
	for _, event := range []sdk.Event{
		sdk.TextDelta{MessageID: "m", Text: "hi"},
		sdk.ToolCallEnd{ID: "c", Input: []byte(`{"a":1}`)},
		sdk.RateLimit{Window: "five_hour", Utilization: -1, ResetsAt: time.Unix(1e9, 0)},
	} {
		wire, err := eventToProto(event)
		if err != nil {
			f.Fatal(err)
		}
		data, err := proto.Marshal(wire)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		decodeEvent(t, data)
		decodeRequest(t, data)
	})
}

func decodeEvent(t *testing.T, data []byte) {
	t.Helper()
	var wire pb.GenerateResponse
	if proto.Unmarshal(data, &wire) != nil {
		return
	}
	event := eventFromProto(&wire)
	if event == nil {
		return
	}
	back, err := eventToProto(event)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(event, eventFromProto(onWire(t, back)), crossed, cmpopts.EquateNaNs()); diff != "" {
		t.Fatal(diff)
	}
}

// requestToProto is a request as protobuf's own code reads it.
func requestToProto(r sdk.Request) (*pb.ModelRequest, error) {
	data, err := requestBytes(&r, new(sentHistory))
	if err != nil {
		return nil, err
	}
	var wire pb.GenerateRequest
	if err := proto.Unmarshal(data, &wire); err != nil {
		return nil, err
	}
	return wire.GetRequest(), nil
}

func requestBytes(r *sdk.Request, history *sentHistory) ([]byte, error) {
	messages, err := history.encode(r.Messages)
	if err != nil {
		return nil, err
	}
	data, err := newCodec().Marshal(&outgoingRequest{head: headToProto(r), messages: messages})
	return data.Materialize(), err
}

// requestFromProto is the request of bytes that protobuf's own code wrote.
func requestFromProto(m *pb.ModelRequest) (sdk.Request, error) {
	data, err := proto.Marshal(&pb.GenerateRequest{Message: &pb.GenerateRequest_Request{Request: m}})
	if err != nil {
		return sdk.Request{}, err
	}
	return requestFromBytes(data, new(receivedHistory))
}

func requestFromBytes(data []byte, history *receivedHistory) (sdk.Request, error) {
	in := newIncomingRequest(history)
	if err := newCodec().Unmarshal(mem.BufferSlice{mem.SliceBuffer(data)}, in); err != nil {
		return sdk.Request{}, err
	}
	if in.request == nil {
		return sdk.Request{}, errors.New("no request")
	}
	return *in.request, in.refused
}

func decodeRequest(t *testing.T, data []byte) {
	t.Helper()
	var wire pb.ModelRequest
	if proto.Unmarshal(data, &wire) != nil {
		return
	}
	request, err := requestFromProto(&wire)
	if err != nil {
		return
	}
	back, err := requestToProto(request)
	if err != nil {
		t.Fatal(err)
	}
	again, err := requestFromProto(onWire(t, back))
	if diff := cmp.Diff(request, again, crossed, cmpopts.EquateNaNs()); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
}

func TestBadText(t *testing.T) {
	t.Parallel()
	wire, err := eventToProto(sdk.TextDelta{Text: "a\xff\xfeb"})
	if err != nil {
		t.Fatal(err)
	}
	if got := eventFromProto(onWire(t, wire)); got != (sdk.TextDelta{Text: "a\uFFFDb"}) {
		t.Errorf("got %q", got)
	}
	_, err = configToProto(sdk.Config{WorkingDir: "/tmp/\xff"})
	if sdk.KindOf(err) != sdk.KindConfiguration {
		t.Errorf("a folder that is not UTF-8: %v", err)
	}
	config, err := configToProto(sdk.Config{ChildEnvironment: []string{"A=\xff"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := configFromProto(onWire(t, config)).ChildEnvironment[0]; got != "A=\xff" {
		t.Errorf("the environment of children changed: %q", got)
	}
}

func TestUnknownValues(t *testing.T) {
	t.Parallel()
	if event := eventFromProto(&pb.GenerateResponse{}); event != nil {
		t.Errorf("an unknown event became %T", event)
	}
	if got := authStateFromProto(99); got != sdk.AuthUnknown {
		t.Errorf("an unknown state became %q", got)
	}
	if got := phaseFromProto(99); got != sdk.NativeToolStarted {
		t.Errorf("an unknown phase became %v", got)
	}
	_, err := messageFromProto(&pb.Message{Blocks: []*pb.Block{{}}})
	if err == nil {
		t.Error("an unknown block was dropped from the conversation")
	}
	if _, err := eventToProto(&sdk.TextDelta{}); err == nil {
		t.Error("a pointer passed for an event")
	}
	if _, err := blockToProto(nil); err == nil {
		t.Error("nil passed for a block")
	}
}
