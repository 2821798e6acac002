package oauth

import (
	"context"

	"github.com/jcode-go/jcode/sdk"
)

// Race asks in two ways at once: it waits for the browser and runs ask, whose
// context ends when the browser was first. The first answer wins; without a
// callback only ask counts. ask must return when its context ends: Race waits for
// it, so that no question is open any more. When ask fails for want of somebody to ask, the
// browser is still waited for.
func Race(ctx context.Context, callback *Callback, ask func(context.Context) (Answer, error)) (Answer, error) {
	if callback == nil {
		return ask(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked := make(chan outcome, 1)
	go func() {
		answer, err := ask(ctx)
		asked <- outcome{answer, err}
	}()
	select {
	case o := <-callback.answer:
		cancel()
		<-asked // the question is withdrawn before anything else is shown
		return o.answer, o.err
	case o := <-asked:
		if o.err != nil && sdk.KindOf(o.err) == sdk.KindInteractionRequired {
			return callback.Wait(ctx)
		}
		return o.answer, o.err
	case <-ctx.Done():
		cause := context.Cause(ctx)
		<-asked // as above
		select {
		case o := <-callback.answer: // at the same moment
			return o.answer, o.err
		default:
			return Answer{}, cause
		}
	}
}
