package engine

import "fmt"

// Progress tells how far a backfill is. All but Runs and RunsEnded are numbers of tasks, those of runs
// that have not started yet too; a task that is mapped counts once.
type Progress struct {
	Waiting   int // have not ended
	Succeeded int
	KickedOff int // of Waiting, those that have started
	Failed    int // those too that are not run because of a failure, or because the backfill was stopped
	Skipped   int // those too of logical times for which another run was faster

	Runs      int // of the backfill
	RunsEnded int
}

// String returns a line such as
//
//	[backfill progress] waiting: 22 | succeeded: 0 | kicked_off: 2 | failed: 0 | skipped: 0
func (p Progress) String() string {
	return fmt.Sprintf("[backfill progress] waiting: %d | succeeded: %d | kicked_off: %d | failed: %d | skipped: %d",
		p.Waiting, p.Succeeded, p.KickedOff, p.Failed, p.Skipped)
}

// Progress tells how far the backfill is.
func (b *BackfillRun) Progress() Progress {
	b.engine.mu.Lock()
	defer b.engine.mu.Unlock()
	return b.progress()
}

// progress is called with the lock held.
func (b *BackfillRun) progress() Progress {
	p := Progress{Runs: len(b.spec.Steps), Skipped: b.left * b.spec.Tasks, RunsEnded: b.left}
	for _, rec := range b.runs {
		ended := rec.Tasks
		if rec.State != RunRunning {
			p.RunsEnded++
		} else if r := b.engine.runs[rec.ID]; r != nil {
			var working int
			ended, working = r.tally()
			p.KickedOff += working
			p.Waiting += len(r.plan.Nodes) - ended.Succeeded - ended.Failed - ended.Skipped
		} else {
			p.Waiting += b.spec.Tasks
		}
		p.Succeeded += ended.Succeeded
		p.Failed += ended.Failed
		p.Skipped += ended.Skipped
	}
	rest := (len(b.spec.Steps) - len(b.runs) - b.left) * b.spec.Tasks
	if b.stopped {
		p.Failed += rest
	} else {
		p.Waiting += rest
	}
	return p
}
