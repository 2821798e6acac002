package plugin_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// TestBatches emits while nobody reads, so that events must gather, and looks at
// what is on the wire.
func TestBatches(t *testing.T) {
	t.Parallel()
	const events = 5000
	for name, accepts := range map[string]bool{"accepted": true, "not accepted": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, _ := connect(t, func(s *grpc.Server) {
				plugin.RegisterServer(s, &fake{generate: func(_ context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
					for i := range events {
						if err := stream.Emit(sdk.TextDelta{Text: strconv.Itoa(i)}); err != nil {
							return sdk.Result{}, err
						}
					}
					return sdk.Result{StopReason: sdk.StopEndTurn}, nil
				}})
			})
			rpc, err := pb.NewProviderServiceClient(conn).Generate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_ = rpc.Send(&pb.GenerateRequest{Message: &pb.GenerateRequest_Request{
				Request: &pb.ModelRequest{AcceptsBatches: accepts},
			}})
			batches := readInOrder(t, rpc, events)
			if accepts != (batches > 0) {
				t.Errorf("%d batches", batches)
			}
		})
	}
}

// readInOrder reads numbered deltas up to the finish and counts the batches.
func readInOrder(t *testing.T, rpc pb.ProviderService_GenerateClient, events int) (batches int) {
	t.Helper()
	for next := 0; ; {
		message, err := rpc.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if message.GetFinish() != nil {
			if next != events {
				t.Fatalf("%d events of %d before the finish", next, events)
			}
			return batches
		}
		list := []*pb.GenerateResponse{message}
		if batch := message.GetBatch(); batch != nil {
			list, batches = batch.GetEvents(), batches+1
		}
		for _, event := range list {
			if got := event.GetTextDelta().GetText(); got != strconv.Itoa(next) {
				t.Fatalf("got %q as event %d", got, next)
			}
			next++
		}
	}
}

// TestBadBatches are batches that hold what must stand alone.
func TestBadBatches(t *testing.T) {
	t.Parallel()
	batch := func(events ...*pb.GenerateResponse) *pb.GenerateResponse {
		return &pb.GenerateResponse{Event: &pb.GenerateResponse_Batch{Batch: &pb.EventBatch{Events: events}}}
	}
	for name, bad := range map[string]*pb.GenerateResponse{
		"finish": batch(textEvent("x"), finishEvent()),
		"batch":  batch(batch(textEvent("x"))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := remoteRogue(t, &rogue{generate: func(s grpc.BidiStreamingServer[pb.GenerateRequest, pb.GenerateResponse]) error {
				return errors.Join(s.Send(bad), s.Send(finishEvent()))
			}})
			if _, err := client.Generate(t.Context(), ask("x"), &collector{}); sdk.KindOf(err) != sdk.KindInternal {
				t.Errorf("got %v", err)
			}
		})
	}
}
