package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/jcode-go/jcode/host/internal/permission/rule"
)

// kind is the type of a setting. Values are string, []string, bool, int64 (for
// counts and bytes), float64 (for shares and amounts) and time.Duration.
type kind int

const (
	kindString kind = iota
	kindList
	kindBool
	kindCount
	kindDuration
	kindBytes
	// kindRules is a list of permission rules.
	kindRules
	kindAmount
	kindShare
)

var kindHelp = map[kind]string{
	kindString:   `a string, such as "text"`,
	kindList:     `a list of strings, such as ["a", "b"]`,
	kindBool:     "true or false",
	kindCount:    "a whole number, 0 or more",
	kindDuration: `a duration, such as "90s", "10m" or "1h30m"`,
	kindAmount:   "a number, 0 or more",
	kindBytes:    `a size, such as 4096, "256KiB" or "1MiB"`,
	kindRules:    `a list of rules, such as ["bash(git *)", "write(src/**)"]`,
	kindShare:    `a share above 0, such as 0.8 or "80%"`,
}

// fromText parses a value of the command line or the environment.
func (k kind) fromText(text string) (any, error) {
	switch k {
	case kindString:
		return text, nil
	case kindList:
		return splitList(text), nil
	case kindRules:
		return rule.Split(text), nil
	case kindBool:
		if value, err := strconv.ParseBool(text); err == nil {
			return value, nil
		}
	case kindCount:
		if value, err := strconv.ParseInt(text, 10, 64); err == nil && value >= 0 {
			return value, nil
		}
	case kindDuration:
		if value, err := parseDuration(text); err == nil {
			return value, nil
		}
	case kindAmount:
		if value, err := strconv.ParseFloat(text, 64); err == nil && value >= 0 && !math.IsInf(value, 0) {
			return value, nil
		}
	case kindBytes:
		if value, err := parseBytes(text); err == nil {
			return value, nil
		}
	case kindShare:
		if value, err := parseShare(text); err == nil {
			return value, nil
		}
	}
	return nil, fmt.Errorf("%q is not %s", text, kindHelp[k])
}

// parseShare takes 0.8 and 80%.
func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		value /= 100
	}
	if err == nil && !(value > 0 && value <= 1) {
		err = errors.New("out of range")
	}
	return value, err
}

func splitList(text string) []string {
	list := []string{}
	for _, item := range strings.Split(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// parseDuration also takes a bare number, of seconds.
func parseDuration(text string) (time.Duration, error) {
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		text = strconv.FormatInt(seconds, 10) + "s"
	}
	value, err := time.ParseDuration(text)
	if err == nil && value < 0 {
		err = errors.New("below zero")
	}
	return value, err
}

var byteUnits = []struct {
	suffix string
	factor int64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"kB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"B", 1},
}

func parseBytes(text string) (int64, error) {
	factor := int64(1)
	for _, unit := range byteUnits {
		if number, ok := strings.CutSuffix(text, unit.suffix); ok {
			text, factor = strings.TrimSpace(number), unit.factor
			break
		}
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err == nil && (value < 0 || value > (1<<62)/factor) {
		err = errors.New("out of range")
	}
	return value * factor, err
}

// fromNode takes a value of the file. It says what was found instead when the
// type is wrong.
func (k kind) fromNode(node *unstable.Node) (any, error) {
	text := string(node.Data)
	switch {
	case (k == kindList || k == kindRules) && node.Kind == unstable.Array:
		return listOf(node)
	case node.Kind == unstable.String && k != kindList && k != kindRules && k != kindBool && k != kindCount && k != kindAmount:
		return k.fromText(text)
	case node.Kind == unstable.Bool && k == kindBool:
		return text == "true", nil
	case k == kindAmount && (node.Kind == unstable.Integer || node.Kind == unstable.Float):
		return k.fromText(strings.ReplaceAll(text, "_", ""))
	case node.Kind == unstable.Integer && (k == kindCount || k == kindBytes || k == kindDuration):
		return k.fromText(strings.ReplaceAll(text, "_", ""))
	case k == kindShare && (node.Kind == unstable.Float || node.Kind == unstable.Integer):
		return k.fromText(strings.ReplaceAll(text, "_", ""))
	}
	return nil, fmt.Errorf("must be %s, not %s", kindHelp[k], nodeNames[node.Kind])
}

var nodeNames = map[unstable.Kind]string{
	unstable.String: "a string", unstable.Bool: "a boolean", unstable.Integer: "an integer",
	unstable.Float: "a float", unstable.Array: "a list", unstable.InlineTable: "a table",
	unstable.LocalDate: "a date", unstable.LocalTime: "a time",
	unstable.LocalDateTime: "a date and time", unstable.DateTime: "a date and time",
}

func listOf(node *unstable.Node) (any, error) {
	list := []string{}
	for items := node.Children(); items.Next(); {
		item := items.Node()
		if item.Kind == unstable.Comment {
			continue
		}
		if item.Kind != unstable.String {
			return nil, fmt.Errorf("must be %s, not of %s", kindHelp[kindList], nodeNames[item.Kind])
		}
		list = append(list, string(item.Data))
	}
	return list, nil
}

// textOf is the value as `config get` prints it and `config set` takes it.
func textOf(value any) string {
	if list, ok := value.([]string); ok {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(value)
}

// tomlOf is the value as the file holds it.
func tomlOf(value any) string {
	switch v := value.(type) {
	case bool, int64, float64:
		return fmt.Sprint(v)
	case []string:
		quoted := make([]string, len(v))
		for i, item := range v {
			quoted[i] = quote(item)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	return quote(fmt.Sprint(value))
}

// quote writes a basic string.
func quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&out, `\u%04X`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
