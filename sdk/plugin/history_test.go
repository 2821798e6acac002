package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// conversation is n turns: a question, a call and its result.
func conversation(n int) []sdk.Message {
	all := []sdk.Message{{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: "do it"}}}}
	for i := range n {
		id := fmt.Sprint("call-", i)
		all = append(all,
			sdk.Message{Role: sdk.RoleAssistant, Provider: "acme", Model: "m", Turn: i + 1, Blocks: []sdk.Block{
				sdk.Thinking{Text: "hm", Signature: "s", Opaque: []byte{1}}, sdk.ToolCall{ID: id, Name: "read", Input: json.RawMessage(`{}`)},
			}},
			sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{
				sdk.ToolResult{ToolCallID: id, Content: []sdk.Block{sdk.Text{Text: "content"}, sdk.Image{MediaType: "image/png", Data: []byte{2}}}},
				sdk.NativeTool{ID: "n", Input: json.RawMessage(`{}`), Output: "x"},
			}})
	}
	return all
}

// change changes one thing of a conversation in place, as its owner may once a request is
// answered.
var changes = map[string]func(m []sdk.Message){
	"nothing":        func([]sdk.Message) {},
	"role":           func(m []sdk.Message) { m[1].Role = sdk.RoleUser },
	"message id":     func(m []sdk.Message) { m[1].ID = "x" },
	"provider":       func(m []sdk.Message) { m[1].Provider = "x" },
	"model":          func(m []sdk.Message) { m[1].Model = "x" },
	"turn":           func(m []sdk.Message) { m[1].Turn = 9 },
	"text":           func(m []sdk.Message) { m[0].Blocks[0] = sdk.Text{Text: "DO IT"} },
	"text's message": func(m []sdk.Message) { m[0].Blocks[0] = sdk.Text{Text: "do it", MessageID: "x"} },
	"thinking": func(m []sdk.Message) {
		m[1].Blocks[0] = sdk.Thinking{Text: "ho", Signature: "s", Opaque: []byte{1}}
	},
	"signature": func(m []sdk.Message) {
		m[1].Blocks[0] = sdk.Thinking{Text: "hm", Signature: "t", Opaque: []byte{1}}
	},
	"opaque": func(m []sdk.Message) {
		m[1].Blocks[0] = sdk.Thinking{Text: "hm", Signature: "s", Opaque: []byte{2}}
	},
	"origin": func(m []sdk.Message) {
		m[1].Blocks[0] = sdk.Thinking{Text: "hm", Signature: "s", Opaque: []byte{1}, Origin: "x"}
	},
	"call id": func(m []sdk.Message) {
		m[1].Blocks[1] = sdk.ToolCall{ID: "x", Name: "read", Input: json.RawMessage(`{}`)}
	},
	"call name": func(m []sdk.Message) {
		m[1].Blocks[1] = sdk.ToolCall{ID: "call-0", Name: "x", Input: json.RawMessage(`{}`)}
	},
	"call input": func(m []sdk.Message) {
		m[1].Blocks[1] = sdk.ToolCall{ID: "call-0", Name: "read", Input: json.RawMessage(`[]`)}
	},
	"malformed": func(m []sdk.Message) {
		m[1].Blocks[1] = sdk.ToolCall{ID: "call-0", Name: "read", Input: json.RawMessage(`{}`), Malformed: "x"}
	},
	"another block": func(m []sdk.Message) { m[1].Blocks[1] = sdk.Text{Text: "x"} },
	"a block more":  func(m []sdk.Message) { m[1].Blocks = append(m[1].Blocks, sdk.Text{Text: "x"}) },
	"a block less":  func(m []sdk.Message) { m[1].Blocks = m[1].Blocks[:1] },
	"result":        func(m []sdk.Message) { result(m).Content[0] = sdk.Text{Text: "pruned"} },
	"image":         func(m []sdk.Message) { result(m).Content[1] = sdk.Image{MediaType: "image/png", Data: []byte{3}} },
	"a failed result": func(m []sdk.Message) {
		r := result(m)
		r.IsError = true
		m[2].Blocks[0] = r
	},
	"result id": func(m []sdk.Message) {
		r := result(m)
		r.ToolCallID = "x"
		m[2].Blocks[0] = r
	},
	"image type": func(m []sdk.Message) { result(m).Content[1] = sdk.Image{MediaType: "image/gif", Data: []byte{2}} },
	"native input": func(m []sdk.Message) {
		m[2].Blocks[1] = sdk.NativeTool{ID: "n", Input: json.RawMessage(`[]`), Output: "x"}
	},
	"native output": func(m []sdk.Message) {
		m[2].Blocks[1] = sdk.NativeTool{ID: "n", Input: json.RawMessage(`{}`), Output: "y"}
	},
	"native denied": func(m []sdk.Message) {
		m[2].Blocks[1] = sdk.NativeTool{ID: "n", Input: json.RawMessage(`{}`), Output: "x", Denied: true}
	},
	"opaque in place": func(m []sdk.Message) { m[1].Blocks[0].(sdk.Thinking).Opaque[0] = 9 },       //nolint:forcetypeassert // as above
	"input in place":  func(m []sdk.Message) { copy(m[1].Blocks[1].(sdk.ToolCall).Input, `[]`) },   //nolint:forcetypeassert // as above
	"image in place":  func(m []sdk.Message) { result(m).Content[1].(sdk.Image).Data[0] = 9 },      //nolint:forcetypeassert // as above
	"native in place": func(m []sdk.Message) { copy(m[2].Blocks[1].(sdk.NativeTool).Input, `[]`) }, //nolint:forcetypeassert // as above
	"messages moved":  func(m []sdk.Message) { m[0], m[1] = m[1], m[0] },
}

func result(m []sdk.Message) sdk.ToolResult {
	r, _ := m[2].Blocks[0].(sdk.ToolResult)
	return r
}

// pass sends messages through the histories of both sides, and through none, which gives
// the same.
func pass(t *testing.T, messages []sdk.Message, sent *sentHistory, received *receivedHistory) {
	t.Helper()
	request := sdk.Request{ID: "r", Messages: messages}
	data, err := requestBytes(&request, sent)
	if err != nil {
		t.Fatal(err)
	}
	anew, err := requestBytes(&request, new(sentHistory))
	if err != nil || string(anew) != string(data) {
		t.Fatalf("%v: %d bytes with what was kept, %d without", err, len(data), len(anew))
	}
	got, err := requestFromBytes(data, received)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(request, got, crossed); diff != "" {
		t.Fatal(diff)
	}
}

// Whatever becomes of a conversation between two requests, the plugin gets what it is now.
func TestChangedConversation(t *testing.T) {
	t.Parallel()
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			messages := conversation(3)
			var sent sentHistory
			var received receivedHistory
			pass(t, messages, &sent, &received)
			change(messages)
			pass(t, messages, &sent, &received)
			pass(t, append(messages, conversation(1)...), &sent, &received)
			pass(t, messages[:2], &sent, &received)
			pass(t, nil, &sent, &received)
			pass(t, conversation(2), &sent, &received)
		})
	}
}

// Two random messages are the same to the history just when they are on the wire.
func TestSameMessageOnTheWire(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		one := randomOf[sdk.Message](data)
		data[random.IntN(len(data))] ^= 1
		other := randomOf[sdk.Message](data)
		var sent sentHistory
		var received receivedHistory
		pass(t, []sdk.Message{one, one}, &sent, &received)
		pass(t, []sdk.Message{other, one}, &sent, &received)
	}
}

// What is kept is used: only what is new is converted.
func TestOnlyTheRestIsConverted(t *testing.T) { //nolint:paralleltest // it counts allocations
	var sent sentHistory
	var received receivedHistory
	messages := conversation(200)
	pass(t, messages, &sent, &received)
	first := received.messages[0].Blocks[0]
	allocated := testing.AllocsPerRun(10, func() {
		if _, err := sent.encode(messages); err != nil {
			t.Fatal(err)
		}
	})
	if allocated > 0 {
		t.Errorf("encoding what was sent before allocates %v times", allocated)
	}
	pass(t, append(messages, conversation(1)...), &sent, &received)
	if received.messages[0].Blocks[0] != first || len(received.messages) != len(messages)+3 {
		t.Error("converted what was there before")
	}
}

func TestUnknownBlockLosesNothing(t *testing.T) {
	t.Parallel()
	var sent sentHistory
	var received receivedHistory
	messages := conversation(2)
	pass(t, messages, &sent, &received)
	bad := append(slices.Clone(messages), sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{nil}})
	if _, err := sent.encode(bad); err == nil || !strings.Contains(err.Error(), "message 6: ") {
		t.Errorf("error %v", err)
	}
	pass(t, messages, &sent, &received)
	empty := []byte("\x0a\x04\x2a\x02\x12\x00") // a block of no kind
	if _, err := requestFromBytes(empty, &received); err == nil || !strings.Contains(err.Error(), "message 1: ") {
		t.Errorf("error %v", err)
	}
	pass(t, messages, &sent, &received)
}

// A conversation that is too long to be kept crosses all the same, and takes no memory
// beyond its call.
func TestLongConversation(t *testing.T) {
	t.Parallel()
	half := func(of string) sdk.Message {
		return sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: strings.Repeat(of, maxKept/2)}}}
	}
	messages := []sdk.Message{half("a"), half("b"), half("c"), conversation(0)[0]}
	var sent sentHistory
	var received receivedHistory
	for range 2 {
		pass(t, messages, &sent, &received)
		if len(sent.messages) != 1 || len(received.messages) != 1 || received.size() > maxKept {
			t.Errorf("kept %d messages, %d messages of %d bytes", len(sent.messages), len(received.messages), received.size())
		}
	}
	pass(t, messages[:1], &sent, &received)
	pass(t, messages[1:], &sent, &received)
}

// Of two calls at once only one has what was kept, and a long conversation is not kept.
func TestKept(t *testing.T) {
	t.Parallel()
	var k kept[sentHistory]
	one := k.take()
	if two := k.take(); one == two {
		t.Error("two calls have one history")
	}
	k.put(one, maxKept)
	if k.take() != one {
		t.Error("not kept")
	}
	k.put(one, maxKept+1)
	if k.take() == one {
		t.Error("a long conversation is kept")
	}
}

// sentStream is a stream of a plugin that answers nothing.
type sentStream struct {
	grpc.ClientStream
	answering func()
}

func (s sentStream) SendMsg(any) error { return nil }

func (s sentStream) CloseSend() error { return nil }

func (s sentStream) RecvMsg(any) error {
	s.answering()
	return io.EOF
}

// quietHost never interrupts.
type quietHost struct{ sdk.Stream }

func (quietHost) Interrupted() <-chan struct{} { return nil }

type sentConn struct {
	grpc.ClientConnInterface
	stream sentStream
}

func (c sentConn) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return c.stream, nil
}

// While the plugin answers, the next call can have what was kept, and what is too long to
// be kept is held no longer.
func TestKeptOnceSent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		length int
		kept   bool
	}{"short": {1, true}, "long": {maxKept, false}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, answered := NewClient(nil), false
			client.rpc = pb.NewProviderServiceClient(sentConn{stream: sentStream{answering: func() {
				answered = true
				if kept := client.sent.history != nil; kept != test.kept {
					t.Errorf("kept: %v", kept)
				}
			}}})
			request := &sdk.Request{Messages: []sdk.Message{{Blocks: []sdk.Block{sdk.Text{Text: strings.Repeat("x", test.length)}}}}}
			if _, err := client.Generate(t.Context(), request, quietHost{}); err == nil || !answered {
				t.Errorf("error %v", err)
			}
		})
	}
}

// However the bytes of a request are laid out, our codec and another one read the same.
func FuzzRequestLayout(f *testing.F) {
	f.Add([]byte("\x0a\x03\x0a\x01r\x0a\x09\x2a\x07\x0a\x04user\x30\x01")) // in two parts
	f.Add([]byte("\x1a\x00"))                                              // an interrupt
	f.Fuzz(func(t *testing.T, data []byte) {
		whole := newIncomingRequest(nil)
		if whole.GenerateRequest.UnmarshalVT(data) != nil {
			return
		}
		whole.whole()
		parts := newIncomingRequest(new(receivedHistory))
		if parts.UnmarshalVT(data) != nil {
			return // groups, which no message of ours has, and the generated code does not look into
		}
		if whole.request == nil {
			return // perhaps a later message of another kind has replaced the request
		}
		if (whole.refused == nil) != (parts.refused == nil) || whole.batches != parts.batches {
			t.Fatalf("refused: %v and %v; batches: %v and %v", whole.refused, parts.refused, whole.batches, parts.batches)
		}
		if diff := cmp.Diff(whole.request, parts.request, crossed, cmpopts.EquateNaNs()); diff != "" && whole.refused == nil {
			t.Fatal(diff)
		}
	})
}
