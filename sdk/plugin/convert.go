package plugin

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// The convert files are the only ones that know both the messages of the
// protocol and the types of package sdk. Their functions are pure.

// clean makes text fit for a proto3 string, which must be valid UTF-8: the
// marshaller would refuse it, and with it the whole turn.
func clean(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// convertAll converts a slice; an empty one becomes nil, as on the wire.
func convertAll[From, To any](in []From, convert func(From) To) []To {
	if len(in) == 0 {
		return nil
	}
	out := make([]To, len(in))
	for i, v := range in {
		out[i] = convert(v)
	}
	return out
}

func cleanAll(in []string) []string { return convertAll(in, clean) }

func cleanMap(in map[string]string) map[string]string {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]string, len(in))
	for k, v := range in {
		out[clean(k)] = clean(v)
	}
	return out
}

// nonEmpty gives nil for empty bytes, which the wire cannot tell apart.
func nonEmpty[B ~[]byte](b []byte) B {
	if len(b) == 0 {
		return nil
	}
	return B(b)
}

// timeToProto leaves the zero time out.
func timeToProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func timeFromProto(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

// durationToProto leaves zero out.
func durationToProto(d time.Duration) *durationpb.Duration {
	if d == 0 {
		return nil
	}
	return durationpb.New(d)
}

func durationFromProto(d *durationpb.Duration) time.Duration { return d.AsDuration() }

func clamp32(n int) int32 {
	return int32(max(math.MinInt32, min(math.MaxInt32, n))) //nolint:gosec // clamped in the same expression
}
