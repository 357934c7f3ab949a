package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/expr"
)

// checkDemands compiles what a policy's demands hold, and how they combine.
func checkDemands(d *document, p *v1alpha1.ScalingPolicy, signals []string) {
	demands := make([]string, 0, len(p.Spec.Demand))
	for i, r := range p.Spec.Demand {
		path := v1alpha1.Index("spec.demand", i)
		demands = append(demands, r.Name)
		if strings.TrimSpace(r.Expression) != "" {
			checkNumbers(d, path+".expression", r.Expression, "signals", signals)
		}
		if r.Schedule != nil {
			checkSchedule(d, path+".schedule", r.Schedule)
		}
	}
	if c := strings.TrimSpace(p.Spec.Combine); c != "" && c != "Max" && c != "Sum" {
		checkNumbers(d, "spec.combine", p.Spec.Combine, "proposals", demands)
	}
}

func checkNumbers(d *document, path, src, variable string, names []string) {
	if d.faultyNames(variable, len(names)) {
		return // it could not tell a wrong name
	}
	_, err := expr.CompileNumbers(src, variable, names)
	switch {
	case err == nil:
	case variable == "proposals":
		d.check(path, "is neither Max nor Sum nor CEL over proposals: "+err.Error())
	default:
		d.check(path, "is not CEL over "+variable+": "+err.Error())
	}
}

// faultyNames says whether the names of what an expression picks from have faults.
func (d *document) faultyNames(variable string, n int) bool {
	list := map[string]string{"signals": "spec.signals", "proposals": "spec.demand"}[variable]
	if d.faulty(list) {
		return true
	}
	for i := range n {
		if d.faulty(v1alpha1.Index(list, i) + ".name") {
			return true
		}
	}
	return false
}

func checkSchedule(d *document, path string, s *v1alpha1.ScheduleDemand) {
	checkCron(d, path+".start", s.Start)
	checkCron(d, path+".end", s.End)
	if s.Start != "" && strings.Join(strings.Fields(s.Start), " ") == strings.Join(strings.Fields(s.End), " ") {
		d.check(path+".end", "is the same as start, so that the window has no length")
	}
	if s.TimeZone == "" {
		return
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "Local" {
		d.check(path+".timeZone", shown(s.TimeZone)+" is not a time zone, as in Europe/Berlin or UTC")
	}
}

// checkCron compiles a cron expression of five fields that happens at all.
func checkCron(d *document, path, src string) {
	if strings.TrimSpace(src) == "" {
		return // told already
	}
	if strings.Contains(src, "=") {
		d.check(path, "holds a time zone; use timeZone")
		return
	}
	schedule, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(src)
	if err != nil {
		d.check(path, fmt.Sprintf("is not a cron expression of five fields (minute, hour, day of month, month, day of week), as in 0 8 * * 1-5: %v", err))
		return
	}
	if schedule.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		d.check(path, shown(src)+" never happens")
	}
}
