package savedstate

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/policy"
	"github.com/scaler-dev/scaler/internal/signals"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// process is one of several, one after another, each with a clock of its own.
type process struct {
	*Saver

	log  bytes.Buffer
	wall time.Time
	mono time.Duration
}

func (p *process) Now() signals.Instant { return signals.Instant{Wall: p.wall, Mono: p.mono} }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newProcess(client *fake.Clientset, wall time.Time, mono time.Duration) *process {
	p := &process{wall: wall, mono: mono}
	p.Saver = New(Settings{
		Client: client.CoreV1(), Namespace: "scaler", Name: "scaler-state-0", Clock: p,
		Log: slog.New(slog.NewTextHandler(&p.log, nil)),
	})
	return p
}

// stateAt is the state of a process whose monotonic clock reads now: n policies,
// each on a subject of its own, sampled ten seconds ago.
func stateAt(now time.Duration, n int) engine.State {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // for sizes
	var s engine.State
	for i := range n {
		ring := signals.NewRing(15 * time.Second)
		for k := range 20 {
			born := now - 10*time.Second - time.Duration(20-k)*15*time.Second
			ring.Add(signals.Outcome{
				Subject: signals.Subject{Provider: "aws", Query: strconv.Itoa(i)},
				At:      signals.Instant{Wall: noon, Mono: born + 15*time.Second}, Samples: []signals.Sample{{Value: random.Float64()}},
			})
		}
		s.Subjects = append(s.Subjects, engine.SubjectState{Subject: signals.Subject{Provider: "aws", Query: strconv.Itoa(i)}, Ring: ring})
		s.Policies = append(s.Policies, engine.PolicyState{
			ID: policy.ID{Namespace: "shop", Name: strconv.Itoa(i)}, State: policy.State{Previous: new(int32(i)), ChangedAt: now - time.Minute},
		})
	}
	return s
}

// saves runs a process long enough to save once.
func (p *process) saves(state engine.State) {
	for range 2 {
		p.Tick(engine.Tick{Now: p.Now()}, func() engine.State { return state.Moved(0) })
		p.mono += Every / 4
		p.wall = p.wall.Add(Every / 4)
	}
	p.Wait()
}

func TestARestartGoesOn(t *testing.T) {
	client := fake.NewClientset()
	a := newProcess(client, noon, 100*time.Hour)
	a.saves(stateAt(a.mono, 3))
	// Another process, two minutes later, that has just started.
	b := newProcess(client, noon.Add(2*time.Minute), time.Second)
	got, ok := b.Load(t.Context())
	require.True(t, ok, b.log.String())
	require.Len(t, got.Policies, 3)
	require.EqualValues(t, 2, *got.Policies[2].State.Previous)
	// Saved at noon: the newest sample was 10 s old then, and is 2 min 10 s old now.
	entries := got.Subjects[0].Ring.Entries
	require.Len(t, entries, keptSamples)
	require.Equal(t, b.mono-2*time.Minute-10*time.Second, entries[len(entries)-1].Born)
	require.Equal(t, b.mono-3*time.Minute, got.Policies[0].State.ChangedAt)
}

func TestAStateOfAnotherTimeDoesNotCount(t *testing.T) {
	for name, after := range map[string]time.Duration{"old": time.Hour + time.Minute, "from the future": -time.Minute} {
		t.Run(name, func(t *testing.T) {
			client := fake.NewClientset()
			a := newProcess(client, noon, time.Hour)
			a.saves(stateAt(a.mono, 3))
			b := newProcess(client, noon.Add(after), time.Second)
			_, ok := b.Load(t.Context())
			require.False(t, ok)
			require.Contains(t, b.log.String(), "too old, or from the future")
		})
	}
}

func TestAsManyConfigMapsAsItTakes(t *testing.T) {
	client := fake.NewClientset()
	a := newProcess(client, noon, time.Hour)
	a.saves(stateAt(a.mono, 12_000))
	maps, err := client.CoreV1().ConfigMaps("scaler").List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	require.Greater(t, len(maps.Items), 1)
	for _, m := range maps.Items {
		require.LessOrEqual(t, len(m.BinaryData[dataKey]), chunkSize)
	}
	b := newProcess(client, a.wall, 0)
	got, ok := b.Load(t.Context())
	require.True(t, ok, b.log.String())
	require.Len(t, got.Policies, 12_000)
	// A part of another save does not pass for one of this.
	last := &maps.Items[len(maps.Items)-1]
	last.BinaryData[dataKey] = append([]byte{1}, last.BinaryData[dataKey]...)
	_, err = client.CoreV1().ConfigMaps("scaler").Update(t.Context(), last, metav1.UpdateOptions{})
	require.NoError(t, err)
	_, ok = newProcess(client, a.wall, 0).Load(t.Context())
	require.False(t, ok)
}

func TestWhatIsNotOursIsLeftAlone(t *testing.T) {
	foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "scaler", Name: "scaler-state-0-0"}, Data: map[string]string{"theirs": "yes"}}
	client := fake.NewClientset(foreign)
	a := newProcess(client, noon, time.Hour)
	a.saves(stateAt(a.mono, 1))
	require.Equal(t, 1, strings.Count(a.log.String(), "cannot save the state"))
	a.saves(stateAt(a.mono, 1))
	require.Equal(t, 1, strings.Count(a.log.String(), "cannot save the state"), "told once")
	_, ok := a.Load(t.Context())
	require.False(t, ok)
	kept, err := client.CoreV1().ConfigMaps("scaler").Get(t.Context(), foreign.Name, metav1.GetOptions{})
	require.NoError(t, err)
	require.Equal(t, foreign.Data, kept.Data)
}

func TestSavedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset()
		p := newProcess(client, noon, time.Hour)
		state, copies := stateAt(p.mono, 1), 0
		for range 600 {
			p.Tick(engine.Tick{Now: p.Now()}, func() engine.State { copies++; return state.Moved(0) })
			p.mono += time.Second
			synctest.Wait()
		}
		require.InDelta(t, 10, copies, 1)
		p.Wait()
	})
}

func FuzzUnpack(f *testing.F) {
	good, _ := pack(saved{State: stateAt(time.Hour, 2)})
	f.Add(good)
	f.Add([]byte("{"))
	f.Fuzz(func(_ *testing.T, packed []byte) {
		if s, err := unpack(packed); err == nil {
			s.State.Moved(time.Hour)
		}
	})
}
