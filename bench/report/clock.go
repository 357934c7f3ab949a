package report

import "time"

// clock is an instant for people.
func clock(unix int64) string { return time.Unix(unix, 0).UTC().Format("2006-01-02 15:04 MST") }
