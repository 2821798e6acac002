package plugin

import (
	"context"
	"strconv"
	"sync"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

type loginServer = grpc.BidiStreamingServer[pb.LoginRequest, pb.LoginResponse]

// Login serves Provider.Login.
func (s *server) Login(stream loginServer) error {
	first, err := stream.Recv()
	if err != nil {
		return streamEnd("login", err)
	}
	start := first.GetStart()
	if start == nil {
		return refusal("login", "the first message of the stream is no start")
	}
	return s.call(stream.Context(), "login", func(ctx context.Context) error {
		return s.login(ctx, loginFromProto(start), stream)
	})
}

func (s *server) login(ctx context.Context, request sdk.LoginRequest, stream loginServer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ui := &loginUI{stream: stream, done: ctx.Done(), asked: make(map[string]chan loginReply)}
	go func() {
		defer cancel() // a host that cancels, or is gone, ends the login
		ui.receive(ctx)
	}()
	account, err := s.provider.Login(ctx, request, ui)
	ui.close()
	if err != nil {
		return err
	}
	return stream.Send(&pb.LoginResponse{Message: &pb.LoginResponse_Done{Done: accountToProto(account)}})
}

// loginReply is the host's answer to an ask, or why there is none.
type loginReply struct {
	answer *pb.LoginAnswer
	err    error
}

// loginUI is the sdk.LoginUI of one login, over its stream.
type loginUI struct {
	stream loginServer
	done   <-chan struct{} // closed when the login is over or given up

	mu       sync.Mutex // guards what follows, and the order of sends
	closed   bool
	serial   int
	asked    map[string]chan loginReply
	terminal *terminal
}

var errLoginOver = &sdk.Error{Kind: sdk.KindCancelled, Op: "login", Message: "the login was given up", Err: context.Canceled}

func (u *loginUI) send(m *pb.LoginResponse) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return errLoginOver
	}
	select {
	case <-u.done:
		return errLoginOver
	default:
	}
	if err := u.stream.Send(m); err != nil {
		return sendError(u.stream, err)
	}
	return nil
}

func (u *loginUI) close() {
	u.mu.Lock()
	u.closed = true
	lent := u.terminal
	u.terminal = nil
	u.mu.Unlock()
	if lent != nil {
		lent.end()
	}
}

// receive takes the host's messages until it cancels or is gone.
func (u *loginUI) receive(ctx context.Context) {
	defer u.takeTerminalBack()
	for {
		message, err := u.stream.Recv()
		if err != nil {
			return
		}
		switch m := message.GetMessage().(type) {
		case *pb.LoginRequest_Answer:
			u.reply(m.Answer.GetId(), loginReply{answer: m.Answer})
		case *pb.LoginRequest_Unavailable:
			u.reply(m.Unavailable.GetId(), loginReply{err: unavailable(m.Unavailable.GetReason())})
		case *pb.LoginRequest_Cancel:
			return
		case *pb.LoginRequest_TerminalInput:
			u.lent().input(ctx, m.TerminalInput.GetData())
		case *pb.LoginRequest_TerminalResize:
			u.lent().resize(sizeFromProto(m.TerminalResize.GetSize()))
		}
	}
}

func unavailable(reason string) error {
	if reason == "" {
		reason = "nobody can answer here"
	}
	return &sdk.Error{Kind: sdk.KindInteractionRequired, Op: "login", Message: reason}
}

func (u *loginUI) reply(id string, r loginReply) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if waiting := u.asked[id]; waiting != nil {
		waiting <- r
		delete(u.asked, id)
	}
}

// ask sends a question and waits for its answer. When ctx ends first, the
// question is withdrawn, so that the host can take it off the screen.
func (u *loginUI) ask(ctx context.Context, question func(id string) *pb.LoginResponse) (*pb.LoginAnswer, error) {
	reply := make(chan loginReply, 1)
	u.mu.Lock()
	u.serial++
	id := strconv.Itoa(u.serial)
	u.asked[id] = reply
	u.mu.Unlock()
	defer func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.asked, id)
	}()
	if err := u.send(question(id)); err != nil {
		return nil, err
	}
	select {
	case r := <-reply:
		return r.answer, r.err
	case <-u.done:
		return nil, errLoginOver
	case <-ctx.Done():
		// An error here means that the login is over, which ctx says already.
		_ = u.send(&pb.LoginResponse{Message: &pb.LoginResponse_Withdraw{Withdraw: &pb.LoginWithdraw{Id: id}}})
		return nil, ctx.Err()
	}
}

// Notice shows a line.
func (u *loginUI) Notice(_ context.Context, text string) error {
	return u.send(&pb.LoginResponse{Message: &pb.LoginResponse_Notice{Notice: &pb.LoginNotice{Text: clean(text)}}})
}

// OpenURL shows a URL and says whether a browser was started.
func (u *loginUI) OpenURL(ctx context.Context, url sdk.OpenURL) (bool, error) {
	answer, err := u.ask(ctx, func(id string) *pb.LoginResponse {
		return &pb.LoginResponse{Message: &pb.LoginResponse_OpenUrl{OpenUrl: openURLToProto(id, url)}}
	})
	return answer.GetOpened(), err
}

// DeviceCode shows a code.
func (u *loginUI) DeviceCode(_ context.Context, code sdk.DeviceCode) error {
	return u.send(&pb.LoginResponse{Message: &pb.LoginResponse_DeviceCode{DeviceCode: deviceCodeToProto(code)}})
}

// Prompt asks for a line.
func (u *loginUI) Prompt(ctx context.Context, prompt sdk.Prompt) (sdk.Secret, error) {
	answer, err := u.ask(ctx, func(id string) *pb.LoginResponse {
		return &pb.LoginResponse{Message: &pb.LoginResponse_Prompt{Prompt: promptToProto(id, prompt)}}
	})
	return sdk.NewSecret(answer.GetText()), err
}

// Choose asks for one of several options.
func (u *loginUI) Choose(ctx context.Context, choice sdk.Choice) (string, error) {
	answer, err := u.ask(ctx, func(id string) *pb.LoginResponse {
		return &pb.LoginResponse{Message: &pb.LoginResponse_Choose{Choose: chooseToProto(id, choice)}}
	})
	return answer.GetOptionId(), err
}

// Progress shows what is being waited for.
func (u *loginUI) Progress(_ context.Context, progress sdk.Progress) error {
	return u.send(&pb.LoginResponse{Message: &pb.LoginResponse_Progress{Progress: progressToProto(progress)}})
}

// CallbackListening says where the browser must reach this machine.
func (u *loginUI) CallbackListening(_ context.Context, callback sdk.Callback) error {
	return u.send(&pb.LoginResponse{Message: &pb.LoginResponse_CallbackListening{
		CallbackListening: callbackToProto(callback),
	}})
}
