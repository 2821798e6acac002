package plugin_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
)

func told(messages []sdk.Message) string {
	var all strings.Builder
	for _, message := range messages {
		fmt.Fprintln(&all, prompt(&sdk.Request{Messages: []sdk.Message{message}}))
	}
	return all.String()
}

// Conversations that go on beside each other do not get into each other's way, whatever
// codec the plugin's server has.
func TestConversationsBeside(t *testing.T) {
	t.Parallel()
	echo := &fake{generate: func(_ context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		return sdk.Result{StopReason: sdk.StopEndTurn}, stream.Emit(sdk.TextDelta{Text: told(request.Messages)})
	}}
	tests := map[string][]grpc.ServerOption{"ours": {plugin.CodecOption()}, "gRPC's": nil}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, _ := connect(t, func(s *grpc.Server) { plugin.RegisterServer(s, echo) }, options...)
			client := plugin.NewClient(conn)
			var all sync.WaitGroup
			for i := range 4 {
				all.Go(func() { converse(t, client, fmt.Sprint("conversation ", i)) })
			}
			all.Wait()
		})
	}
}

// converse has a conversation of many turns, in each of which the plugin tells all of it.
func converse(t *testing.T, client *plugin.Client, name string) {
	t.Helper()
	var messages []sdk.Message
	for turn := range 30 {
		messages = append(messages, ask(fmt.Sprint(name, " turn ", turn)).Messages...)
		stream := &collector{}
		_, err := client.Generate(t.Context(), &sdk.Request{Messages: messages}, stream)
		if diff := cmp.Diff(told(messages), stream.text()); err != nil || diff != "" {
			t.Error(err, diff)
			return
		}
	}
}
