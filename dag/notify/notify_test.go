package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/notify"
)

// recorder is a sender that fails at first.
type recorder struct {
	mu    sync.Mutex
	fails int
	then  error // after the next message that it takes, once
	sent  []notify.Message
}

func (r *recorder) Send(_ context.Context, m notify.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails > 0 {
		r.fails--
		return errors.New("busy")
	}
	if r.sent = append(r.sent, m); r.then != nil {
		r.fails, r.then = 1, nil
	}
	return nil
}

// subjects returns those of what was sent since the last call.
func (r *recorder) subjects() (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.sent {
		all = append(all, m.Subject)
	}
	r.sent = nil
	return all
}

// notifier makes one that tells nobody of what it cannot send.
func notifier(t *testing.T, to notify.Sender, opts ...notify.Option) *notify.Notifier {
	t.Helper()
	n, err := notify.New(to, opts...)
	require.NoError(t, err)
	n.Logger = slog.New(slog.DiscardHandler)
	return n
}

// lost is how many messages a notifier has not sent.
func lost(n *notify.Notifier) int {
	_, lost, _, _ := n.Stats()
	return int(lost)
}

var everything = []notify.Option{notify.RunSucceeded, notify.RunFailed, notify.TaskFailed, notify.TaskRetried, notify.DeadlineMissed}

func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{fails: 2}
		n := notifier(t, to, everything...)
		tries := 0
		good := dag.New("good", n.Hooks())
		dag.Do(good, "flaky", func(context.Context) error {
			if tries++; tries < 3 {
				return fmt.Errorf("error %d", tries)
			}
			return nil
		}, dag.Retry{Max: 2, Delay: 90 * time.Second, Factor: 2})
		_, err := good.Run(t.Context())
		require.NoError(t, err)
		bad := dag.New("bad", n.Hooks())
		dag.Do(bad, "broken", func(context.Context) error { return errors.New("no") })
		_, err = bad.Run(t.Context())
		require.Error(t, err)
		slow := dag.New("slow", n.Hooks(), n.Deadline(time.Minute))
		dag.Do(slow, "sleep", func(context.Context) error { time.Sleep(time.Hour); return nil })
		_, err = slow.Run(t.Context())
		require.NoError(t, err)
		require.NoError(t, n.Close(t.Context()))
		assert.Contains(t, to.sent[0].Text, "error 1")
		assert.Equal(t, []string{
			"good, task flaky, failed on try 1 and is tried again in 1m30s", "good, task flaky, failed on try 2 and is tried again in 3m0s", "good succeeded",
			"bad, task broken, failed", "bad failed",
			"slow has missed its deadline of 1m0s", "slow succeeded",
		}, to.subjects(), "once each, in order, though the first two tries to send failed")
		sent, lost, waiting, standing := n.Stats()
		assert.Equal(t, [4]int64{7, 0, 0, 0}, [4]int64{sent, lost, int64(waiting), int64(standing)})
	})
}

// A run that somebody has cancelled is no failure; one that was too slow is, and one of which a task
// gives up by a context of its own.
func TestCancelledRunsDoNotFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to, notify.RunFailed)
		e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Hooks: []dag.Hooks{n.Hooks()}})
		require.NoError(t, err)
		hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		for name, d := range map[string]*dag.DAG{"cancelled": dag.New("cancelled"), "late": dag.New("late", dag.Timeout(time.Minute))} {
			dag.Do(d, "hang", hang)
			require.NoError(t, e.Register(t.Context(), d))
			id, err := e.Trigger(t.Context(), name, nil)
			require.NoError(t, err)
			synctest.Wait()
			if name == "cancelled" {
				require.NoError(t, e.Cancel(t.Context(), id))
			}
			_, err = e.Wait(t.Context(), id)
			require.ErrorIs(t, err, context.Canceled)
		}
		own := dag.New("own", n.Hooks())
		dag.Do(own, "a", func(context.Context) error { return context.Canceled })
		_, err = own.Run(t.Context())
		require.Error(t, err)
		require.NoError(t, e.Close(t.Context()))
		require.NoError(t, n.Close(t.Context()))
		assert.ElementsMatch(t, []string{"late failed", "own failed"}, to.subjects())
	})
}

// Hooks that the engine and the DAG both have tell once, and so they do again after the tasks were cleared.
func TestOncePerEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to, everything...)
		e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Hooks: []dag.Hooks{n.Hooks(), n.Deadline(time.Second)}})
		require.NoError(t, err)
		d := dag.New("d", n.Hooks(), n.Deadline(time.Second))
		dag.Do(d, "a", func(context.Context) error { time.Sleep(2 * time.Second); return errors.New("no") }, dag.Retry{Max: 1})
		require.NoError(t, e.Register(t.Context(), d))
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		_, err = e.Wait(t.Context(), id)
		require.Error(t, err)
		synctest.Wait()
		again := []string{"d, task a, failed on try 1 and is tried again at once", "d, task a, failed", "d failed"}
		assert.Equal(t, append([]string{"d has missed its deadline of 1s"}, again...), to.subjects())
		_, err = e.Retry(t.Context(), id)
		require.NoError(t, err)
		_, err = e.Wait(t.Context(), id)
		require.Error(t, err)
		require.NoError(t, e.Close(t.Context()))
		require.NoError(t, n.Close(t.Context()))
		assert.Equal(t, again, to.subjects())
	})
}

func TestNotifierNeverHoldsUpARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := notifier(t, senderFunc(func(ctx context.Context, _ notify.Message) error {
			<-ctx.Done()
			return ctx.Err()
		}), notify.RunSucceeded)
		n.Timeout = 24 * time.Hour
		start := time.Now()
		d := dag.New("d", n.Hooks())
		dag.Do(d, "t", func(context.Context) error { return nil })
		for range 300 { // more than the queue holds
			_, err := d.Run(t.Context())
			require.NoError(t, err)
		}
		assert.Zero(t, time.Since(start))
		assert.Positive(t, lost(n), "what finds no room is counted")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		before := lost(n)
		require.EqualError(t, n.Close(ctx), fmt.Sprintf("notify: %d messages were not sent: context deadline exceeded", 300-before), "the sender never comes back by itself")
		assert.Equal(t, time.Minute, time.Since(start))
		assert.Equal(t, 300, lost(n))
	})
}

// Close keeps its time also if the sender pays no heed to its context.
func TestCloseLeavesAHangingSenderBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		n := notifier(t, senderFunc(func(context.Context, notify.Message) error { <-release; return nil }), notify.RunSucceeded)
		d := dag.New("d", n.Hooks())
		dag.Do(d, "t", func(context.Context) error { return nil })
		for range 3 {
			_, err := d.Run(t.Context())
			require.NoError(t, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.Error(t, n.Close(ctx))
		assert.Equal(t, 3, lost(n))
		_, err := d.Run(t.Context()) // hooks after the end count as lost
		require.NoError(t, err)
		assert.Equal(t, 4, lost(n))
		require.NoError(t, n.Close(t.Context()), "a second time there is nothing to do")
		close(release)
	})
}

// What was lost is told as soon as a message gets through.
func TestLostMessagesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to, notify.RunSucceeded)
		n.Tries = 1
		d := dag.New("d", n.Hooks())
		dag.Do(d, "t", func(context.Context) error { return nil })
		run := func(times, fails int) []string {
			to.fails = fails
			for range times {
				_, err := d.Run(t.Context())
				require.NoError(t, err)
			}
			synctest.Wait()
			return to.subjects()
		}
		assert.Empty(t, run(2, 2))
		to.then = errors.New("busy again")
		assert.Equal(t, []string{"d succeeded"}, run(1, 0), "telling it fails")
		assert.Equal(t, []string{"d succeeded", "2 messages were lost"}, run(1, 0), "what failed to tell it does not count")
		assert.Equal(t, []string{"d succeeded"}, run(1, 0))
		assert.Equal(t, []string{"d succeeded", "1 message was lost"}, run(2, 1))
		assert.Equal(t, 4, lost(n))
		require.NoError(t, n.Close(t.Context()), "they were given up before")
	})
}

// Waits grow, but not without end: a server that comes back is found within minutes.
func TestWaitsBetweenTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{fails: 11}
		n := notifier(t, to, notify.RunSucceeded)
		n.Tries = 12
		d := dag.New("d", n.Hooks())
		dag.Do(d, "t", func(context.Context) error { return nil })
		start := time.Now()
		_, err := d.Run(t.Context())
		require.NoError(t, err)
		require.NoError(t, n.Close(t.Context()))
		assert.Equal(t, 511*time.Second+2*5*time.Minute, time.Since(start), "1 s, 2 s, 4 s up to 256 s, then five minutes")
	})
}

// What has been told is known for as long as it may come twice, but not for ever.
func TestWhatHasBeenToldIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := notifier(t, &recorder{}, notify.DeadlineMissed)
		sent := func() int64 { synctest.Wait(); sent, _, _, _ := n.Stats(); return sent }
		tell := func(i int) { n.Hooks().OnDeadline(dag.RunInfo{DAG: "d", RunID: fmt.Sprint("d/", i)}) }
		for i := range 4097 {
			tell(i)
			tell(i)
			require.EqualValues(t, i+1, sent())
		}
		tell(0)
		assert.EqualValues(t, 4098, sent())
		tell(4096)
		assert.EqualValues(t, 4098, sent())
		require.NoError(t, n.Close(t.Context()))
	})
}

func TestASenderThatPanicsOrHangsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		n := notifier(t, senderFunc(func(ctx context.Context, _ notify.Message) error {
			switch calls++; calls {
			case 1:
				<-ctx.Done()
				return ctx.Err()
			case 2:
				return nil
			}
			panic("no")
		}), notify.RunSucceeded)
		d := dag.New("d", n.Hooks())
		dag.Do(d, "t", func(context.Context) error { return nil })
		start := time.Now()
		for range 2 {
			_, err := d.Run(t.Context())
			require.NoError(t, err)
		}
		require.NoError(t, n.Close(t.Context()))
		assert.Equal(t, 31*time.Second, time.Since(start), "half a minute for the try that hung, a second before the next")
		sent, lost, _, _ := n.Stats()
		assert.Equal(t, [2]int64{1, 1}, [2]int64{sent, lost}, "a panic is final")
	})
}

func TestNewRefuses(t *testing.T) {
	rows := notify.Rows("d", "t")
	for _, c := range []struct {
		name, want string
		to         notify.Sender
		opt        notify.Option
	}{
		{name: "NoSender", want: "the sender is nil"},
		{name: "NoOption", want: "an option is nil", to: &recorder{}},
		{name: "Event", want: `"rain" is none of the events`, to: &recorder{}, opt: notify.Event("rain")},
		{name: "EventOfWhen", want: "is none of the events that can be asked for", to: &recorder{}, opt: notify.Breached},
		{name: "Side", want: `the side is "beside", want Above or Below`, to: &recorder{}, opt: notify.When(rows, "beside", 1, 0)},
		{name: "Lasts", want: "it is to last -1s, want 0 or more", to: &recorder{}, opt: notify.When(rows, notify.Above, 1, -time.Second)},
		{name: "NaN", want: "the value is NaN", to: &recorder{}, opt: notify.When(notify.FlowNumber("f", "", "n"), notify.Above, nan(), 0)},
		{name: "Flow", want: "the flow or its number has no name", to: &recorder{}, opt: notify.When(notify.FlowHigh("", ""), notify.Above, 1, 0)},
		{name: "NoMetric", want: "there is no metric", to: &recorder{}, opt: notify.When(notify.Metric[int]{}, notify.Above, 1, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := notify.New(c.to, c.opt)
			require.ErrorContains(t, err, "notify: ")
			require.ErrorContains(t, err, c.want)
			assert.Nil(t, n)
		})
	}
}

func nan() float64 { zero := 0.0; return zero / zero }

// Names and errors come from anywhere; a message stays one that can be read, and sent.
func TestHostileNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to, notify.DeadlineMissed, notify.RunFailed)
		n.Hooks().OnDeadline(dag.RunInfo{DAG: "a\r\nBcc: x@example.com\x1b[31m\xff\u202e", RunID: strings.Repeat("r", 1_000_000), Element: -1})
		d := dag.New("d", n.Hooks())
		dag.Do(d, "t", func(context.Context) error {
			return errors.New("line 1\r\nline 2\x1b[2J" + strings.Repeat("ü", 500_000))
		})
		_, err := d.Run(t.Context())
		require.Error(t, err)
		require.NoError(t, n.Close(t.Context()))
		require.Len(t, to.sent, 2)
		late, failed := to.sent[0], to.sent[1]
		assert.Equal(t, "a  Bcc: x@example.com [31m\uFFFD  has missed its deadline", late.Subject)
		assert.Less(t, len(late.Text), 1_000)
		assert.Contains(t, failed.Text, "line 1\nline 2 [2Jü")
		assert.Contains(t, failed.Text, "more bytes)")
		assert.NotContains(t, failed.Text, "ü\uFFFD", "it is cut between runes")
		assert.Less(t, len(failed.Text), 20_000)
		assert.Zero(t, lost(n))
	})
}

// What an engine hides in logs it hides in messages too: in errors of tries, tasks and runs, and in parameters.
func TestSecretsAreNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to, append(everything, notify.Template{Text: "{{.Error}} {{.Params}}", JSON: "{{json .Params}}"})...)
		e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Hooks: []dag.Hooks{n.Hooks()}, Secrets: []string{"open-sesame"}})
		require.NoError(t, err)
		n.Watch(e)
		d := dag.New("d", n.Deadline(time.Second), dag.WithParams(dag.Params{"password": "hunter-two", "uri": "mongodb://u:hunter-three@host/"}))
		dag.Do(d, "a", func(ctx context.Context) error {
			time.Sleep(2 * time.Second)
			return fmt.Errorf("login open-sesame with %v at %v failed", dag.RunFrom(ctx).Params["password"], dag.RunFrom(ctx).Params["uri"])
		}, dag.Retry{Max: 1})
		require.NoError(t, e.Register(t.Context(), d))
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		_, err = e.Wait(t.Context(), id)
		require.Error(t, err)
		require.NoError(t, e.Close(t.Context()))
		require.NoError(t, n.Close(t.Context()))
		require.Len(t, to.sent, 4, "a deadline, a try, a task, a run")
		assert.Contains(t, to.sent[1].Text, "login *** with *** at")
		for _, m := range to.sent {
			for _, secret := range []string{"open-sesame", "hunter-two", "hunter-three"} {
				assert.NotContains(t, m.Subject+m.Text+string(m.JSON), secret)
			}
		}
	})
}

type senderFunc func(context.Context, notify.Message) error

func (f senderFunc) Send(ctx context.Context, m notify.Message) error { return f(ctx, m) }
