import Kernel
import Wire

/// Optimistic windows, swept along the call graph until nothing changes.
///
/// A window is executed by everyone who has something to do in it, callers first, then their callees,
/// then back up; whoever's inputs changed executes again. A message depends only on inputs at least
/// one lookahead earlier, so each sweep makes more of the window final and the fixpoint, which is what
/// a sequential run would have done, is always reached (Jefferson's Time Warp with barriers and lazy
/// cancellation).
struct SweepSynchroniser: Sendable {
    /// By level: its workers, ascending.
    private let levels: [[Int]]
    private let levelOf: [Int]
    private var controller: WindowController
    private var window: (start: SimulatedInstant, end: SimulatedInstant)?
    /// By worker: whether its inputs have changed since its latest execution of the window.
    private var isDirty: [Bool]
    /// By worker: whether it has executed the window at all.
    private var hasRun: [Bool]
    /// By level: dirty workers.
    private var dirtyCounts: [Int]
    private var dirtyCount = 0
    /// Where the sweep stands, and whether it goes down (to callees) or up.
    private var position = 0
    private var isGoingDown = true
    private var sweepsInWindow = 0
    private var sweepHasRun = false
    private var windowStartTime: UInt64 = 0
    /// Snapshots are worth their cost only where windows are executed many times.
    private var slices: UInt16 = 0

    init(levels levelOf: [Int], controller: WindowController) {
        self.levelOf = levelOf
        var levels = [[Int]](repeating: [], count: (levelOf.max() ?? 0) + 1)
        for (worker, level) in levelOf.enumerated() { levels[level].append(worker) }
        self.levels = levels
        self.controller = controller
        isDirty = Array(repeating: false, count: levelOf.count)
        hasRun = Array(repeating: false, count: levelOf.count)
        dirtyCounts = Array(repeating: 0, count: levels.count)
    }

    /// Takes a reply and marks whose inputs it changes.
    mutating func accept(
        _ header: ReplyHeader, from worker: Int, _ reader: inout ByteReader, _ board: inout GrantBoard
    ) throws {
        try board.noteReply(header, from: worker)
        guard let window else { throw WireError("replied outside a window") }
        for _ in 0..<(try reader.readCount(ofSize: ChannelChange.headerSize)) {
            let (change, channel) = try board.readChange(from: worker, &reader)
            let first = try board.channels.apply(change, to: channel, windowEnd: window.end)
            if first < window.end { markDirty(board.channels.states[channel].ends.destination) }
        }
    }

    /// Gives out the next grants.
    ///
    /// - Returns: whether the run has reached its end.
    mutating func advance(_ board: inout GrantBoard, at wallTime: UInt64) -> Bool {
        guard board.runningCount == 0 else { return false }
        while true {
            if dirtyCount > 0, let window {
                let level = nextDirtyLevel()
                for worker in levels[level] where isDirty[worker] {
                    clearDirty(worker)
                    board.grant(
                        GrantHeader(
                            isNewWindow: !hasRun[worker], start: window.start, end: window.end,
                            slices: slices),
                        to: worker)
                    hasRun[worker] = true
                }
                sweepHasRun = true
                return false
            }
            commitWindow(&board, at: wallTime)
            if !beginWindow(&board, at: wallTime) { return true }
        }
    }

    private mutating func markDirty(_ worker: Int) {
        guard !isDirty[worker] else { return }
        isDirty[worker] = true
        dirtyCounts[levelOf[worker]] += 1
        dirtyCount += 1
    }

    private mutating func clearDirty(_ worker: Int) {
        isDirty[worker] = false
        dirtyCounts[levelOf[worker]] -= 1
        dirtyCount -= 1
    }

    /// Moves on to the next level with a dirty worker, turning at the ends. There is one.
    private mutating func nextDirtyLevel() -> Int {
        while dirtyCounts[position] == 0 {
            let next = position + (isGoingDown ? 1 : -1)
            if levels.indices.contains(next) {
                position = next
            } else {
                isGoingDown.toggle()
                countSweep()
                if levels.count == 1 { break }
                position += isGoingDown ? 1 : -1
            }
        }
        return position
    }

    private mutating func countSweep() {
        if sweepHasRun { sweepsInWindow += 1 }
        sweepHasRun = false
    }

    private mutating func commitWindow(_ board: inout GrantBoard, at wallTime: UInt64) {
        guard let window else { return }
        countSweep()
        board.channels.commitWindow()
        board.committed = window.end
        board.statistics.windows += 1
        board.statistics.sweeps += UInt64(sweepsInWindow)
        controller.note(
            simulated: window.end - window.start, wallTime: wallTime &- windowStartTime,
            sweeps: sweepsInWindow)
        slices = sweepsInWindow > 2 ? UInt16(min(sweepsInWindow * 2, 64)) : 0
        self.window = nil
    }

    /// Opens a window at the next thing that happens anywhere.
    ///
    /// - Returns: whether there is one before the end of the run.
    private mutating func beginWindow(_ board: inout GrantBoard, at wallTime: UInt64) -> Bool {
        let firsts = levelOf.indices.map { board.firstInstant(of: $0) }
        let start = firsts.min() ?? .never
        guard start < board.end else {
            board.committed = board.end
            return false
        }
        let end = min(start.advanced(saturatingBy: controller.length), board.end)
        window = (start, end)
        windowStartTime = wallTime
        sweepsInWindow = 0
        sweepHasRun = false
        position = 0
        isGoingDown = true
        for worker in levelOf.indices {
            hasRun[worker] = false
            if firsts[worker] < end { markDirty(worker) }
        }
        return true
    }
}
