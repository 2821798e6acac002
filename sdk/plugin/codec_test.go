package plugin

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// byCodec marshals as gRPC will.
func byCodec(t *testing.T, m proto.Message) []byte {
	t.Helper()
	data, err := newCodec().Marshal(m)
	if err != nil {
		t.Fatalf("marshal %T: %v", m, err)
	}
	return data.Materialize()
}

// split cuts data as gRPC's frames do.
func split(data []byte) mem.BufferSlice {
	half := len(data) / 2
	return mem.BufferSlice{mem.SliceBuffer(data[:half]), mem.SliceBuffer(data[half:])}
}

// readBoth reads data by our codec and by protobuf's own, which must agree.
func readBoth[M proto.Message](t *testing.T, data []byte) (out M, ok bool) {
	t.Helper()
	fresh := func() M { return reflect.New(reflect.TypeFor[M]().Elem()).Interface().(M) }
	want, got := fresh(), fresh()
	wantErr := proto.Unmarshal(data, want)
	gotErr := newCodec().Unmarshal(split(data), got)
	switch {
	case wantErr != nil: // of text that is no UTF-8, for one
		return got, false
	case errors.Is(gotErr, errDeep):
		return got, false
	case gotErr != nil && strings.Contains(gotErr.Error(), "wrong wireType"):
		// protobuf takes a known field of another type for an unknown one; within a
		// version no field changes its type
		return got, false
	}
	if gotErr != nil {
		t.Fatalf("unmarshal %T: %v", got, gotErr)
	}
	if !bytes.Equal(known(t, want), known(t, got)) {
		t.Fatalf("%T: read %v, protobuf reads %v", got, got, want)
	}
	return got, true
}

// known is m without fields that nobody knows: a timestamp does not keep them. It is
// compared by its bytes, since NaN is not equal to itself.
func known(t *testing.T, m proto.Message) []byte {
	t.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		t.Fatalf("marshal %v: %v", m, err)
	}
	out := m.ProtoReflect().New().Interface()
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, out); err != nil {
		t.Fatalf("unmarshal %v: %v", m, err)
	}
	if data, err = (proto.MarshalOptions{Deterministic: true}).Marshal(out); err != nil {
		t.Fatalf("marshal %v: %v", out, err)
	}
	return data
}

func FuzzCodec(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x12\x06\x0a\x01m\x12\x01t"))             // a text delta
	f.Add([]byte("\x82\x01\x08\x0a\x06\x12\x04\x12\x02hi")) // in a batch
	f.Fuzz(func(t *testing.T, data []byte) {
		read[*pb.GetInfoResponse](t, data)
		read[*pb.ConfigureRequest](t, data)
		read[*pb.AuthStatusResponse](t, data)
		read[*pb.GenerateRequest](t, data)
		read[*pb.GenerateResponse](t, data)
		read[*pb.LoginResponse](t, data)
		read[*pb.DiagnoseResponse](t, data)
	})
}

// read also writes what was read, by our codec, and reads that.
func read[M proto.Message](t *testing.T, data []byte) {
	t.Helper()
	m, ok := readBoth[M](t, data)
	if !ok {
		return
	}
	if _, ok := readBoth[M](t, byCodec(t, m)); !ok {
		t.Fatalf("%T: what was written cannot be read", m)
	}
}

// nested is a batch in a batch in a batch, so often.
func nested(depth int) []byte {
	event := &pb.GenerateResponse{Event: &pb.GenerateResponse_TextDelta{TextDelta: &pb.TextDelta{Text: "deep"}}}
	for range depth {
		event = &pb.GenerateResponse{Event: &pb.GenerateResponse_Batch{Batch: &pb.EventBatch{Events: []*pb.GenerateResponse{
			{Event: &pb.GenerateResponse_Keepalive{Keepalive: &pb.Keepalive{}}}, event,
		}}}}
	}
	data, _ := proto.Marshal(event)
	return data
}

func TestBatchInBatchIsRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		data []byte
		want error
	}{
		"one batch": {nested(1), nil},
		"two":       {nested(2), errDeep},
		"a hundred": {nested(100), errDeep},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := newCodec().Unmarshal(split(test.data), &pb.GenerateResponse{}); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

// A message of a plugin that can hold itself must be looked through before it is
// read: checkDepth knows of one.
func TestOnlyBatchesNest(t *testing.T) {
	t.Parallel()
	methods := pb.File_jcode_provider_v1_provider_proto.Services().Get(0).Methods()
	for i := range methods.Len() {
		output := methods.Get(i).Output()
		if at := nests(output, map[protoreflect.FullName]bool{}); at != "" && at != "jcode.provider.v1.EventBatch.events" {
			t.Errorf("%s nests at %s", output.FullName(), at)
		}
	}
	fields := (&pb.GenerateResponse{}).ProtoReflect().Descriptor().Fields()
	if n := fields.ByName("batch").Number(); n != fieldBatch {
		t.Errorf("batch is field %d", n)
	}
	if n := (&pb.EventBatch{}).ProtoReflect().Descriptor().Fields().ByName("events").Number(); n != fieldEvents {
		t.Errorf("events is field %d", n)
	}
}

// nests returns the field through which a message comes to hold its own kind.
func nests(message protoreflect.MessageDescriptor, above map[protoreflect.FullName]bool) protoreflect.FullName {
	above[message.FullName()] = true
	defer delete(above, message.FullName())
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		inner := field.Message()
		if inner == nil {
			continue
		}
		if above[inner.FullName()] {
			return field.FullName()
		}
		if at := nests(inner, above); at != "" {
			return at
		}
	}
	return ""
}

// What go-plugin says beside us is not generated.
func TestOtherMessagesGoThroughGRPC(t *testing.T) {
	t.Parallel()
	data := byCodec(t, durationpb.New(5))
	back := &durationpb.Duration{}
	if err := newCodec().Unmarshal(split(data), back); err != nil || back.GetNanos() != 5 {
		t.Errorf("%v, %v", back, err)
	}
}
