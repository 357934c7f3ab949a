package main

func (b *book) losses() {}
