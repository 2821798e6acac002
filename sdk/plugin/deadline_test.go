package plugin

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jcode-go/jcode/sdk"
)

// TestDeadlineSeenByThePluginFirst: the plugin counts the same deadline and may
// reset the stream a moment before our own clock strikes.
func TestDeadlineSeenByThePluginFirst(t *testing.T) {
	t.Parallel()
	reset := status.Error(codes.Canceled, "stream terminated by RST_STREAM with error code: CANCEL")
	late := status.Error(codes.DeadlineExceeded, "stream terminated by RST_STREAM with error code: CANCEL")
	near, cancel := context.WithTimeout(t.Context(), deadlineSlack-time.Millisecond)
	defer cancel()
	for _, seen := range []error{reset, late} {
		if err := errorFromStatus(near, "info", seen); sdk.KindOf(err) != sdk.KindCancelled || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("at the deadline: %v", err)
		}
	}
	far, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	var lost *TransportError
	if err := errorFromStatus(far, "info", reset); !errors.As(err, &lost) {
		t.Errorf("long before it: %v", err)
	}
}
