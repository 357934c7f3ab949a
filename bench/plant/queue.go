package plant

import "slices"

// queue is first in, first out, in memory that it reuses: what left it is overwritten
// once it is half of all.
type queue[T any] struct {
	items []T
	gone  int // items at the beginning that have left
}

// all are those that are there, the first to leave first.
func (q *queue[T]) all() []T { return q.items[q.gone:] }

func (q *queue[T]) len() int { return len(q.items) - q.gone }

func (q *queue[T]) first() *T { return &q.items[q.gone] }

func (q *queue[T]) push(v T) {
	if q.gone > 0 && len(q.items) == cap(q.items) && 2*q.gone >= len(q.items) {
		q.items = slices.Delete(q.items, 0, q.gone)
		q.gone = 0
	}
	q.items = append(q.items, v)
}

// pop lets the first leave.
func (q *queue[T]) pop() {
	if q.gone++; q.gone == len(q.items) {
		q.items, q.gone = q.items[:0], 0
	}
}

// insert puts one at a place of all.
func (q *queue[T]) insert(i int, v T) {
	if i == q.len() {
		q.push(v)
		return
	}
	q.items = slices.Insert(q.items, q.gone+i, v)
}
