package cliprovider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// run is one run of the program that has ended.
type run struct {
	cli    *CLI
	name   string // of the program
	lines  bool   // it was read by the decoder
	answer *Answer
	exit   shellout.Exit
	log    string // what it logged last
}

// said are the lines in which it may have said why it failed: everything but its
// answer.
func (r *run) said() []string {
	var lines []string
	if f := r.answer.fault; f != nil {
		lines = strings.Split(f.Message, "\n")
	}
	lines = append(lines, strings.Split(r.exit.Stderr, "\n")...)
	lines = append(lines, r.answer.noise...)
	return append(lines, strings.Split(r.log, "\n")...)
}

// failed is the error of the run, nil when there is an answer. err is that of the
// run itself.
func (r *run) failed(err error) *sdk.Error {
	if err != nil {
		return r.broken(err)
	}
	a := r.answer
	switch {
	case a.fault != nil:
		return r.faulty()
	case r.lines && !a.ended:
		return r.cut()
	case !r.lines && !r.exit.Success():
		return r.explained(r.exit.Failure())
	}
	// Some failures leave with status 0 and say so beside the answer.
	if f, line, ok := r.cli.failureIn(r.said()); ok && (f.Stops || !a.answered()) {
		return r.because(f, line)
	}
	if a.answered() {
		return nil
	}
	return r.empty()
}

// broken is an error of the run: cancelled, a limit, a host that is gone.
func (r *run) broken(err error) *sdk.Error {
	e := *sdk.AsError(err)
	if e.Kind == sdk.KindNetwork && e.Remedy == "" && !errors.Is(err, context.DeadlineExceeded) {
		if f, line, ok := r.cli.failureIn(r.said()); ok { // what it waited for
			return r.because(f, line)
		}
		e.Remedy = "jcode config set plugin." + r.cli.Name + ".idle_timeout 30m, if it works that long in silence"
	}
	return &e
}

// faulty is the error of a run that reported its failure.
func (r *run) faulty() *sdk.Error {
	fault := r.answer.fault
	f, line, ok := r.cli.failureIn(r.said())
	if word, known := r.cli.Words[fault.Word]; known && fault.Word != "" {
		if !ok || f.Kind == sdk.KindCLIOutdated {
			f, line = word, fault.Message
		}
		ok = true
	}
	if !ok {
		kind, known := statuses[fault.Status]
		if !known && fault.Status >= 500 {
			kind = sdk.KindOverloaded
		}
		f, line = Failure{Kind: kind, Retryable: kind == sdk.KindOverloaded}, fault.Message
	}
	e := r.because(f, firstOf(fault.Message, line))
	e.HTTPStatus = fault.Status
	return e
}

// cut is the error of a run without its last line.
func (r *run) cut() *sdk.Error {
	e := r.exit.Failure()
	e.Kind, e.Err, e.Retryable = sdk.KindNetwork, io.ErrUnexpectedEOF, !r.answer.shown
	if r.exit.Success() {
		e.Message = r.name + " ended its output without an end of the answer"
	}
	if r.exit.LeftOut > 0 {
		e.Message += fmt.Sprintf("; %d lines were too long to be read", r.exit.LeftOut)
	}
	if len(r.answer.noise) > 0 && r.exit.Stderr == "" {
		e.Message += ": " + excerpt(strings.Join(r.answer.noise, " "))
	}
	return r.explained(e)
}

// empty is the error of a run that ended well and said nothing.
func (r *run) empty() *sdk.Error {
	if denied := r.answer.denied; len(denied) > 0 {
		return r.because(Failure{
			Kind:    sdk.KindPermissionDenied,
			Message: r.name + " was not allowed to use " + strings.Join(denied, ", ") + ", and said nothing else",
			Remedy:  "--permission-mode bypass, if it may run everything",
		}, "")
	}
	e := r.exit.Failure()
	if r.exit.Success() || r.exit.Stop == shellout.StopLingering {
		e.Message = r.name + " produced no answer"
		if said := r.exit.LastWords(maxExcerpt); said != "" {
			e.Message += ": " + said
		}
	}
	return r.explained(e)
}

// explained is e, unless the program said something that is known.
func (r *run) explained(e *sdk.Error) *sdk.Error {
	if f, line, ok := r.cli.failureIn(r.said()); ok {
		known := r.because(f, line)
		known.Err = nil
		return known
	}
	if e.Remedy == "" {
		e.Remedy = "jcode doctor --provider " + r.cli.Name
		if r.cli.LogHint != "" {
			e.Remedy += "; " + r.cli.LogHint
		}
	}
	return e
}

// because is the error for a known failure that line shows.
func (r *run) because(f Failure, line string) *sdk.Error {
	e := &sdk.Error{Kind: f.Kind, Message: f.Message, Remedy: f.Remedy, Retryable: f.Retryable}
	if e.Message == "" {
		e.Message = r.name + ": " + firstOf(excerpt(shellout.Redact(undecorated(line))), "it failed and does not say why")
	}
	if e.Remedy == "" {
		e.Remedy = r.cli.remedy(f.Kind)
	}
	return e
}

// remedy is the usual next step after a kind of failure.
func (c *CLI) remedy(kind sdk.Kind) string {
	switch kind {
	case sdk.KindUnauthenticated:
		return "jcode login --provider " + c.Name
	case sdk.KindModelNotFound:
		return "--model or " + c.ModelVariable + " names another; jcode models --provider " + c.Name + " lists them"
	case sdk.KindCLIMissing, sdk.KindCLIOutdated:
		return c.Install
	case sdk.KindContextTooLong:
		return "begin a new session, or send less"
	case sdk.KindRateLimited, sdk.KindBilling, sdk.KindOverloaded, sdk.KindPolicyRefused:
		return "" // the program's own words say when and where
	default:
		return "jcode doctor --provider " + c.Name
	}
}

// lost reports whether the program no longer has the conversation.
func (r *run) lost() bool {
	for _, line := range r.said() {
		if matchesAny(r.cli.Lost, line) {
			return true
		}
	}
	return false
}
