package plugin

import (
	"reflect"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// random fills any value of package sdk from fuzz bytes. It never runs dry: past
// the end every byte is 0, which ends slices and strings.
type random struct {
	data  []byte
	depth int
}

func (r *random) byte() byte {
	if len(r.data) == 0 {
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

func (r *random) bytes() []byte {
	n := min(int(r.byte())%24, len(r.data))
	out := r.data[:n]
	r.data = r.data[n:]
	return out
}

func (r *random) int() int {
	return int(int32(uint32(r.byte()) | uint32(r.byte())<<8 | uint32(r.byte())<<16 | uint32(r.byte())<<24))
}

var blockTypes = []reflect.Type{
	reflect.TypeFor[sdk.Text](), reflect.TypeFor[sdk.Thinking](), reflect.TypeFor[sdk.Image](),
	reflect.TypeFor[sdk.ToolCall](), reflect.TypeFor[sdk.ToolResult](), reflect.TypeFor[sdk.NativeTool](),
}

var eventTypes = []reflect.Type{
	reflect.TypeFor[sdk.Started](), reflect.TypeFor[sdk.TextDelta](), reflect.TypeFor[sdk.ThinkingDelta](),
	reflect.TypeFor[sdk.ToolCallStart](), reflect.TypeFor[sdk.ToolCallDelta](), reflect.TypeFor[sdk.ToolCallEnd](),
	reflect.TypeFor[sdk.NativeToolEvent](), reflect.TypeFor[sdk.PermissionRequest](), reflect.TypeFor[sdk.RetryEvent](),
	reflect.TypeFor[sdk.Retract](), reflect.TypeFor[sdk.RateLimit](), reflect.TypeFor[sdk.UsageEvent](),
	reflect.TypeFor[sdk.WarningEvent](), reflect.TypeFor[sdk.Keepalive](),
}

// special makes the types whose values are not simply their fields'.
func (r *random) special(t reflect.Type) (any, bool) {
	switch t {
	case reflect.TypeFor[sdk.Secret]():
		return sdk.NewSecret(string(r.bytes())), true
	case reflect.TypeFor[time.Time]():
		if seconds := r.int(); seconds != 0 {
			return time.Unix(int64(seconds), int64(r.byte())).UTC(), true
		}
		return time.Time{}, true
	case reflect.TypeFor[sdk.NativeToolPhase]():
		return sdk.NativeToolPhase(r.byte() % 2), true
	case reflect.TypeFor[sdk.AuthState]():
		return authStates[int(r.byte())%len(authStates)].state, true
	case reflect.TypeFor[sdk.Block]():
		return r.value(blockTypes[int(r.byte())%len(blockTypes)]).Interface(), true
	case reflect.TypeFor[sdk.Event]():
		return r.value(eventTypes[int(r.byte())%len(eventTypes)]).Interface(), true
	}
	return nil, false
}

func (r *random) value(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	if special, ok := r.special(t); ok {
		v.Set(reflect.ValueOf(special))
		return v
	}
	switch t.Kind() {
	case reflect.String:
		v.SetString(string(r.bytes()))
	case reflect.Bool:
		v.SetBool(r.byte()%2 == 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(r.int()))
	case reflect.Float64:
		v.SetFloat(float64(r.int()) / 8)
	case reflect.Pointer:
		if r.byte()%2 == 1 {
			v.Set(reflect.New(t.Elem()))
			v.Elem().Set(r.value(t.Elem()))
		}
	case reflect.Slice:
		r.fillSlice(v)
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		for range r.byte() % 4 {
			v.SetMapIndex(r.value(t.Key()), r.value(t.Elem()))
		}
	case reflect.Struct:
		for i := range t.NumField() {
			v.Field(i).Set(r.value(t.Field(i).Type))
		}
	default:
		panic("no generator for " + t.String())
	}
	return v
}

func (r *random) fillSlice(v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes(r.bytes())
		return
	}
	if r.depth > 3 {
		return
	}
	r.depth++
	defer func() { r.depth-- }()
	for range r.byte() % 4 {
		v.Set(reflect.Append(v, r.value(v.Type().Elem())))
	}
}

func randomOf[T any](data []byte) T {
	r := &random{data: data}
	return r.value(reflect.TypeFor[T]()).Interface().(T)
}
