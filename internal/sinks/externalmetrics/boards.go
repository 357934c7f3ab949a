package externalmetrics

// boards are read as one.
type boards []*Board

// read finds a row on any board: a number before the reason of its absence, and
// any other reason before that of a board which has nothing yet. False if no board
// has it, and each has something.
func (bs boards) read(namespace, metric string) (row, bool) {
	var found row
	for _, b := range bs {
		r, ok := b.read(namespace, metric)
		switch {
		case !ok:
		case r.reason == "":
			return r, true
		case found.reason == "" || found.reason == reasonStarting:
			found = r
		}
	}
	return found, found.reason != ""
}
