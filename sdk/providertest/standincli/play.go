package standincli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// badScript is the exit status of a stand-in that cannot play.
const badScript = 99

// player is one start of the stand-in.
type player struct {
	folder string
	call   Call
	stdin  *bufio.Reader
	ended  bool           // stdin was read
	asked  chan os.Signal // to leave; for "polite"
}

func play(folder string, args []string) int {
	p := &player{folder: folder, stdin: bufio.NewReader(os.Stdin)}
	p.call = Call{Args: args, Env: os.Environ()}
	p.call.Dir, _ = os.Getwd()
	if info, err := os.Stdin.Stat(); err == nil {
		p.call.Pipe = info.Mode()&os.ModeNamedPipe != 0
	}
	data, err := os.ReadFile(filepath.Join(folder, "program.json"))
	var program Program
	if err != nil || json.Unmarshal(data, &program) != nil {
		return badScript
	}
	if slices.ContainsFunc(program, func(part Part) bool { return part.Prompt != "" && p.has(part.Arg) }) {
		p.read()
	}
	script, ok := p.script(program)
	if !ok {
		p.note()
		return 0 // a program that says nothing
	}
	if strings.Contains(script, "!stdin") {
		p.read()
	}
	if strings.Contains(script, "!polite") { // before what makes somebody ask
		p.asked = make(chan os.Signal, 1)
		signal.Notify(p.asked, syscall.SIGTERM, os.Interrupt)
	}
	p.note()
	for line := range strings.Lines(script) {
		order, ok := strings.CutPrefix(line, "!")
		if !ok {
			_, _ = os.Stdout.WriteString(line)
			continue
		}
		order, rest, _ := strings.Cut(strings.TrimSuffix(order, "\n"), " ")
		if code, over := p.obey(order, rest); over {
			return code
		}
	}
	return 0
}

// script is the one for this start.
func (p *player) script(program Program) (string, bool) {
	for i, part := range program {
		if !p.has(part.Arg) || part.Prompt != "" && !strings.Contains(p.prompt(), part.Prompt) {
			continue
		}
		if len(part.Scripts) == 0 {
			return "", false
		}
		n := 0 // how often it has played
		for ; n < len(part.Scripts)-1; n++ {
			mark := filepath.Join(p.folder, fmt.Sprintf("played-%d-%d", i, n))
			f, err := os.OpenFile(mark, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			if err == nil {
				_ = f.Close()
				break
			}
		}
		return part.Scripts[n], true
	}
	return "", false
}

func (p *player) has(arg string) bool { return arg == "" || slices.Contains(p.call.Args, arg) }

// read reads standard input to its end, once.
func (p *player) read() {
	if !p.ended {
		input, _ := io.ReadAll(p.stdin)
		p.call.Stdin, p.ended = string(input), true
	}
}

// prompt is all that the program was told.
func (p *player) prompt() string { return strings.Join(p.call.Args, "\n") + "\n" + p.call.Stdin }

// token is the prompt's last word behind "token:".
func (p *player) token() string {
	prompt := p.prompt()
	word := prompt[strings.LastIndex(prompt, "token:")+len("token:"):]
	if end := strings.IndexFunc(word, func(r rune) bool { return r <= ' ' || r == '\\' || r == '"' }); end >= 0 {
		word = word[:end]
	}
	return word
}

// note records the call, in one write so that parallel ones do not mix.
func (p *player) note() {
	data, err := json.Marshal(p.call)
	if err != nil {
		return
	}
	f, err := os.OpenFile(filepath.Join(p.folder, "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = f.Write(append(data, '\n'))
	_ = f.Close()
}

func (p *player) obey(order, rest string) (code int, over bool) {
	number, _ := strconv.Atoi(firstWord(rest))
	switch order {
	case "stdin": // read already
	case "stderr":
		_, _ = fmt.Fprintln(os.Stderr, rest)
	case "raw":
		_, _ = os.Stdout.WriteString(unescaped(rest))
	case "token":
		_, _ = os.Stdout.WriteString(strings.ReplaceAll(rest, "%", p.token()) + "\n")
	case "long":
		_, text, _ := strings.Cut(rest, " ")
		_, _ = os.Stdout.WriteString(strings.Replace(text, "%", strings.Repeat("long ", number/5), 1) + "\n")
	case "flood":
		p.flood(number)
	case "exit":
		return number, true
	case "log":
		p.log(rest)
	case "touch":
		_ = os.WriteFile(rest, nil, 0o600)
	case "sleep":
		time.Sleep(time.Duration(number) * time.Millisecond)
	case "line":
		_, _ = os.Stdout.WriteString(rest)
		line, _ := p.stdin.ReadString('\n')
		_, _ = fmt.Printf("read %q\n", strings.TrimSpace(line))
	default:
		return p.obeySignals(order, rest, number)
	}
	return 0, false
}

func (p *player) obeySignals(order, rest string, number int) (code int, over bool) {
	switch order {
	case "hang":
		time.Sleep(time.Hour)
	case "deaf":
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	case "polite":
		<-p.asked
		_, _ = fmt.Println(rest)
		return 0, true
	case "holder":
		if err := startHolder(); err != nil {
			return badScript, true
		}
	case "console":
		return console(rest == "deaf"), true
	case "raise":
		raise(number)
		time.Sleep(time.Hour)
	default:
		_, _ = fmt.Fprintln(os.Stderr, "unknown order", order)
		return badScript, true
	}
	return 0, false
}

// log writes to the file behind the last argument but one that names a log.
func (p *player) log(line string) {
	for i, arg := range p.call.Args[:max(len(p.call.Args)-1, 0)] {
		if strings.Contains(arg, "log") {
			_ = os.WriteFile(p.call.Args[i+1], []byte(line+"\n"), 0o600)
		}
	}
}

func (p *player) flood(size int) {
	line := strings.Repeat("noise ", 20) + "\n"
	for written := 0; written < size; written += len(line) {
		_, _ = os.Stderr.WriteString(line)
	}
}

func firstWord(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// unescaped replaces \e, \n, \t and \xNN.
func unescaped(text string) string {
	text = strings.NewReplacer(`\e`, "\x1b", `\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(text)
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, `\x`)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if len(after) < 2 {
			return out.String() + `\x` + after
		}
		b, err := strconv.ParseUint(after[:2], 16, 8)
		if err != nil {
			out.WriteString(`\x`)
			text = after
			continue
		}
		out.WriteByte(byte(b))
		text = after[2:]
	}
}
