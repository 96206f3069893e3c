package ml

// push and pop keep a heap as Python's heapq does, which decides between nodes of equal
// gain.
func (g *histGrower) push(number int32) {
	g.waiting = append(g.waiting, number)
	g.siftUp(0, len(g.waiting)-1)
}

func (g *histGrower) pop() int32 {
	last := len(g.waiting) - 1
	top, moved := g.waiting[0], g.waiting[last]
	g.waiting = g.waiting[:last]
	if last == 0 {
		return top
	}
	at := 0
	for child := 1; child < last; child = 2*at + 1 { // the better child moves up, to the bottom
		if child+1 < last && !g.comesFirst(g.waiting[child], g.waiting[child+1]) {
			child++
		}
		g.waiting[at] = g.waiting[child]
		at = child
	}
	g.waiting[at] = moved
	g.siftUp(0, at)
	return top
}

func (g *histGrower) siftUp(top, at int) {
	number := g.waiting[at]
	for at > top {
		parent := (at - 1) / 2
		if !g.comesFirst(number, g.waiting[parent]) {
			break
		}
		g.waiting[at] = g.waiting[parent]
		at = parent
	}
	g.waiting[at] = number
}

func (g *histGrower) comesFirst(a, b int32) bool {
	return g.nodes[a].split.gain > g.nodes[b].split.gain
}
