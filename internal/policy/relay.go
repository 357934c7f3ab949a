package policy

// NewRelay makes a policy that decides nothing. Its decisions hold the readings of
// its signals, for those who publish them.
func NewRelay(id ID) Policy { return relay{id} }

type relay struct{ id ID }

// Decide reads the signals.
func (r relay) Decide(in *Input, st *State, d *Decision) {
	begin(d, r.id, in)
	d.Desired = Unknown(ReasonRelay)
	*st = State{Signals: st.Signals}
	read(d, &in.View, st)
}

// Relayed says that nothing was to be decided: the policy only publishes signals.
func (d Decision) Relayed() bool { return d.Desired.Reason() == ReasonRelay }
