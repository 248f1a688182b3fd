import Kernel
import Wire

/// The conservative way: a worker runs only up to the horizon before which nothing it has not yet
/// received can arrive.
///
/// Horizons come from the shortest sums of lookaheads between all pairs of workers (Chandy and Misra's
/// condition with all-pairs distances, as in SimGrid and ns-3's null-message-free schedulers). In
/// rounds: grants to all workers with something to do before their horizon, then all replies. It is
/// the reference for the optimistic way, not its rival in speed: memory and time of a round grow with
/// the square of the number of workers.
struct HorizonSynchroniser: Sendable {
    /// By source, by destination: the least latency of any way from the one to the other, of a cycle
    /// on the diagonal; `Int64.max` if there is none.
    private let distances: [[Int64]]

    init(channels: [ChannelEnds], workers: Int) {
        var neighbours = [[(to: Int, latency: Int64)]](repeating: [], count: workers)
        for ends in channels {
            neighbours[ends.source].append((ends.destination, ends.lookahead.nanoseconds))
        }
        distances = (0..<workers).map { Self.distances(from: $0, neighbours) }
    }

    /// Dijkstra's algorithm; the source itself counts as reached only by a cycle.
    private static func distances(
        from source: Int, _ neighbours: [[(to: Int, latency: Int64)]]
    ) -> [Int64] {
        var distances = [Int64](repeating: .max, count: neighbours.count)
        var queue = EventQueue<Visit>()
        for edge in neighbours[source] {
            queue.insert(
                Visit(instant: SimulatedInstant(nanoseconds: edge.latency), worker: edge.to))
        }
        while !queue.isEmpty {
            let visit = queue.removeFirst()
            guard distances[visit.worker] == .max else { continue }
            distances[visit.worker] = visit.instant.nanoseconds
            for edge in neighbours[visit.worker] where distances[edge.to] == .max {
                queue.insert(
                    Visit(
                        instant: visit.instant + SimulatedDuration(nanoseconds: edge.latency),
                        worker: edge.to))
            }
        }
        return distances
    }

    private struct Visit: ScheduledEvent {
        var instant: SimulatedInstant
        var worker: Int
        func precedes(_ other: Visit) -> Bool {
            (instant, worker) < (other.instant, other.worker)
        }
    }

    func accept(
        _ header: ReplyHeader, from worker: Int, _ reader: inout ByteReader,
        _ board: inout GrantBoard
    ) throws {
        try board.noteReply(header, from: worker)
        for _ in 0..<(try reader.readCount(ofSize: ChannelChange.headerSize)) {
            let (change, channel) = try board.readChange(from: worker, &reader)
            _ = try board.channels.apply(change, to: channel, windowEnd: .start)
        }
    }

    /// Gives out the next grants.
    ///
    /// - Returns: whether everything before the board's bound is done.
    func advance(_ board: inout GrantBoard) -> Bool {
        guard board.runningCount == 0 else { return false }
        // What was sent in the last round is final: it is carried to whoever receives it.
        board.channels.commitWindow()
        let firsts = distances.indices.map { board.firstInstant(of: $0) }
        let start = firsts.min() ?? .never
        board.committed = min(start, board.bound)
        guard start < board.bound else { return true }
        board.statistics.windows += 1
        board.statistics.sweeps += 1
        let active = firsts.indices.filter { firsts[$0] < board.bound }
        for worker in active {
            var horizon = board.bound
            for other in active where distances[other][worker] < .max {
                let distance = SimulatedDuration(nanoseconds: distances[other][worker])
                horizon = min(horizon, firsts[other].advanced(saturatingBy: distance))
            }
            if firsts[worker] < horizon {
                board.grant(
                    GrantHeader(
                        isNewWindow: true, start: firsts[worker], end: horizon, slices: 0),
                    to: worker)
                board.channels.removeCarried(to: worker, before: horizon)
            }
        }
        return false
    }
}
