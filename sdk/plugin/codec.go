package plugin

import (
	"errors"

	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers what codec falls back to
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// codec is gRPC's for the protocol's messages. The bytes are those of any protobuf
// codec; what is different is how they are made: by code generated for each message,
// where gRPC's own codec first builds tables by reflection, in every process anew. A
// message that such code was not generated for goes through gRPC's.
//
// The generated code does not look whether a string is UTF-8. Whoever converts what a
// plugin has sent makes it so.
type codec struct{ others encoding.CodecV2 }

func newCodec() codec { return codec{others: encoding.GetCodecV2("proto")} }

// What protoc-gen-go-vtproto adds to a message: how it is written, and how read.
type (
	writable interface {
		MarshalToSizedBufferVT(b []byte) (int, error)
		SizeVT() int
	}
	readable interface{ UnmarshalVT(b []byte) error }
)

// Name is the content type's: nothing about the wire differs.
func (codec) Name() string { return "proto" }

// Marshal writes v into one buffer, a pooled one if it is large.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(writable)
	if !ok {
		return c.others.Marshal(v)
	}
	size := m.SizeVT()
	if mem.IsBelowBufferPoolingThreshold(size) {
		b := make([]byte, size)
		if _, err := m.MarshalToSizedBufferVT(b); err != nil {
			return nil, err
		}
		return mem.BufferSlice{mem.SliceBuffer(b)}, nil
	}
	pool := mem.DefaultBufferPool()
	b := pool.Get(size)
	if _, err := m.MarshalToSizedBufferVT((*b)[:size]); err != nil {
		pool.Put(b)
		return nil, err
	}
	return mem.BufferSlice{mem.NewBuffer(b, pool)}, nil
}

// Unmarshal reads data into v, which shares none of its memory afterwards.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(readable)
	if !ok {
		return c.others.Unmarshal(data, v)
	}
	b := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer b.Free()
	if _, ok := v.(*pb.GenerateResponse); ok {
		if err := checkDepth(b.ReadOnlyData()); err != nil {
			return err
		}
	}
	return m.UnmarshalVT(b.ReadOnlyData())
}

// The fields through which an event can hold events.
const (
	fieldBatch  = 16 // of GenerateResponse
	fieldEvents = 1  // of EventBatch
)

var errDeep = errors.New("an event batch holds another one")

// checkDepth refuses a batch in a batch. The generated code reads what is nested by
// calling itself, without a limit: 20 MB of nothing but batches in batches would
// exhaust the stack of the host, which no recover survives.
func checkDepth(event []byte) error {
	return eachField(event, fieldBatch, func(batch []byte) error {
		return eachField(batch, fieldEvents, func(inner []byte) error {
			return eachField(inner, fieldBatch, func([]byte) error { return errDeep })
		})
	})
}

// eachField calls visit with every field of that number and of the type for messages.
func eachField(message []byte, number protowire.Number, visit func([]byte) error) error {
	for len(message) > 0 {
		got, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if n = protowire.ConsumeFieldValue(got, kind, message); n < 0 {
			return protowire.ParseError(n)
		}
		if got == number && kind == protowire.BytesType {
			content, _ := protowire.ConsumeBytes(message[:n])
			if err := visit(content); err != nil {
				return err
			}
		}
		message = message[n:]
	}
	return nil
}
