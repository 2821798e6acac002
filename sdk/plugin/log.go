package plugin

import (
	"io"
	"log/slog"

	hclog "github.com/hashicorp/go-hclog"
)

// newLog writes JSON lines with the keys that go-plugin hosts read: @level,
// @message and @timestamp, the rest as it is.
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) > 0 {
				return a
			}
			switch a.Key {
			case slog.TimeKey:
				a.Key = "@timestamp"
			case slog.LevelKey:
				a = slog.String("@level", hclogLevel(levelOf(a.Value)).String())
			case slog.MessageKey:
				a.Key = "@message"
			}
			return a
		},
	}))
}

func levelOf(value slog.Value) slog.Level {
	level, _ := value.Any().(slog.Level)
	return level
}

// hclogLevel is the same level in go-plugin's terms.
func hclogLevel(level slog.Level) hclog.Level {
	switch {
	case level < slog.LevelInfo:
		return hclog.Debug
	case level < slog.LevelWarn:
		return hclog.Info
	case level < slog.LevelError:
		return hclog.Warn
	}
	return hclog.Error
}
