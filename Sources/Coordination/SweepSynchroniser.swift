import Kernel
import Wire

/// Optimistic windows, executed along the call graph until nothing changes.
///
/// A window begins with a sweep down the call graph: callers first, then their callees, each level at
/// once. Then it settles from below: whoever's inputs have changed executes again once nobody further
/// down has anything left to do, so that a caller sees all answers of a conversation at once. In an
/// open system without full queues that is all. Where answers decide what callers send to each other
/// over and over, settling below is in vain as long as those above go on: then the earliest change
/// executes first, as long as no neighbour is executing, and the window may be cut.
///
/// A message depends only on inputs at least one lookahead earlier, so the earliest change moves on
/// with each execution and the fixpoint, which is what a sequential run would have done, is always
/// reached (Jefferson's Time Warp with barriers and lazy cancellation).
struct SweepSynchroniser: Sendable {
    /// By level: its workers, ascending.
    private let levels: [[Int]]
    private let levelOf: [Int]
    private let neighbours: [[Int]]
    private var controller: WindowController
    private var window: (start: SimulatedInstant, end: SimulatedInstant)?
    /// By worker: the first change of its inputs since its latest execution of the window.
    private var changedAt: [SimulatedInstant]
    /// By worker: whether that change is one of its messages, not only an assumption of its own.
    private var hasNewInputs: [Bool]
    /// By worker: whether a call of it timed out in the latest window that it executed, as far as is known.
    /// If none did, none is expected to in this one.
    private var hadTimeouts: [Bool]
    /// Of the present window.
    private var hasTimeouts: [Bool]
    /// By worker: how often it has executed the window.
    private var executions: [Int]
    private var mostExecutions = 0
    /// Whether the window was cut: then its cost says nothing about its length.
    private var wasCut = false
    /// By worker: where its present execution began to differ from the one before.
    private var grantedFrom: [SimulatedInstant]
    /// Events executed for the window by first executions, and by all.
    private var firstEvents: UInt64 = 0
    private var allEvents: UInt64 = 0
    /// By level: workers whose inputs have changed.
    private var dirtyCounts: [Int]
    private var dirtyCount = 0
    private var phase = Phase.down
    /// The level at which a sweep stands.
    private var position = 0
    private var windowStartTime: UInt64 = 0
    /// Snapshots are worth their cost only where windows are executed many times.
    private var slices: UInt16 = 0

    /// By worker: the workers below it in the call graph, as bits.
    private let below: [[UInt64]]

    private enum Phase: Sendable {
        case down, settle, chase
    }

    /// Executions of one worker in which it may assume answers: after them, only what it has been sent
    /// counts, so that every window ends.
    private static let assumingExecutions = 8

    /// Executions of one worker after which settling from below is given up.
    private static let settlingLimit = 64

    init(levels levelOf: [Int], channels: [ChannelEnds], controller: WindowController) {
        self.levelOf = levelOf
        var levels = [[Int]](repeating: [], count: (levelOf.max() ?? 0) + 1)
        for (worker, level) in levelOf.enumerated() { levels[level].append(worker) }
        self.levels = levels
        var neighbours = [Set<Int>](repeating: [], count: levelOf.count)
        for ends in channels {
            neighbours[ends.source].insert(ends.destination)
            neighbours[ends.destination].insert(ends.source)
        }
        self.neighbours = neighbours.map { $0.sorted() }
        below = Self.workersBelow(levels: levels, levelOf: levelOf, neighbours: self.neighbours)
        self.controller = controller
        changedAt = Array(repeating: .never, count: levelOf.count)
        hasNewInputs = Array(repeating: false, count: levelOf.count)
        hadTimeouts = hasNewInputs
        hasTimeouts = hasNewInputs
        executions = Array(repeating: 0, count: levelOf.count)
        grantedFrom = Array(repeating: .never, count: levelOf.count)
        dirtyCounts = Array(repeating: 0, count: levels.count)
    }

    /// By worker: everyone whom it reaches by going down only.
    private static func workersBelow(
        levels: [[Int]], levelOf: [Int], neighbours: [[Int]]
    ) -> [[UInt64]] {
        let words = (levelOf.count + 63) / 64
        var below = [[UInt64]](
            repeating: [UInt64](repeating: 0, count: words), count: levelOf.count)
        for worker in levels.reversed().joined() {
            for other in neighbours[worker] where levelOf[other] > levelOf[worker] {
                below[worker][other / 64] |= 1 << UInt64(other % 64)
                for word in 0..<words { below[worker][word] |= below[other][word] }
            }
        }
        return below
    }

    /// Takes a reply and marks whose inputs it changes.
    mutating func accept(
        _ header: ReplyHeader, from worker: Int, _ reader: inout ByteReader,
        _ board: inout GrantBoard
    ) throws {
        try board.noteReply(header, from: worker)
        allEvents &+= header.executed
        if executions[worker] == 1 { firstEvents &+= header.executed }
        guard let window else { throw WireError("replied outside a window") }
        hasTimeouts[worker] = header.hasTimeouts
        if header.assumedFrom < window.end { markDirty(worker, from: header.assumedFrom) }
        for _ in 0..<(try reader.readCount(ofSize: ChannelChange.headerSize)) {
            let (change, channel) = try board.readChange(from: worker, &reader)
            let first = try board.channels.apply(change, to: channel, windowEnd: window.end)
            if first < window.end {
                let receiver = board.channels.states[channel].ends.destination
                markDirty(receiver, from: first)
                hasNewInputs[receiver] = true
            }
        }
    }

    /// Gives out the next grants.
    ///
    /// - Returns: whether everything before the board's bound is done.
    mutating func advance(_ board: inout GrantBoard, at wallTime: UInt64) -> Bool {
        if dirtyCount > 0 {
            if phase == .settle {
                settle(&board)
                return false
            }
            if phase == .chase {
                chase(&board)
                return false
            }
        }
        guard board.runningCount == 0 else { return false }
        while true {
            while dirtyCount > 0 {
                if phase == .settle {
                    settle(&board)
                    return false
                }
                if phase == .chase {
                    chase(&board)
                    return false
                }
                if sweep(&board) { return false }
            }
            commitWindow(&board, at: wallTime)
            if !beginWindow(&board, at: wallTime) { return true }
        }
    }

    // MARK: Giving out grants

    /// Lets the next level of the sweep execute.
    ///
    /// - Returns: whether anyone of it had to; if not, the sweep is over.
    private mutating func sweep(_ board: inout GrantBoard) -> Bool {
        while levels.indices.contains(position) {
            let level = position
            position += 1
            if dirtyCounts[level] == 0 { continue }
            for worker in levels[level] where changedAt[worker] < .never {
                grant(worker, &board)
            }
            return true
        }
        phase = .settle
        return false
    }

    /// Lets workers with changed inputs execute below whom nothing is left to do.
    private mutating func settle(_ board: inout GrantBoard) {
        if mostExecutions > Self.settlingLimit {
            phase = .chase
            chase(&board)
            return
        }
        var active = [UInt64](repeating: 0, count: (levelOf.count + 63) / 64)
        var waiting: [Int] = []
        for worker in levelOf.indices {
            let isRunning = board.isRunning[worker]
            if !isRunning && changedAt[worker] == .never { continue }
            active[worker / 64] |= 1 << UInt64(worker % 64)
            if !isRunning { waiting.append(worker) }
        }
        for worker in waiting {
            if zip(below[worker], active).contains(where: { $0 & $1 != 0 }) { continue }
            if neighbours[worker].contains(where: { board.isRunning[$0] }) { continue }
            grant(worker, &board)
        }
    }

    /// Lets workers with changed inputs execute, the earliest change first, unless a neighbour does.
    private mutating func chase(_ board: inout GrantBoard) {
        shortenIfHopeless(&board)
        let waiting = changedAt.indices.filter { changedAt[$0] < .never && !board.isRunning[$0] }
        for worker in waiting.sorted(by: { (changedAt[$0], $0) < (changedAt[$1], $1) }) {
            if neighbours[worker].contains(where: { board.isRunning[$0] }) { continue }
            grant(worker, &board)
        }
    }

    private mutating func grant(_ worker: Int, _ board: inout GrantBoard) {
        guard let window else { return }
        grantedFrom[worker] = changedAt[worker]
        executions[worker] += 1
        mostExecutions = max(mostExecutions, executions[worker])
        let mayAssume =
            hasNewInputs[worker] && !hadTimeouts[worker]
            && executions[worker] <= Self.assumingExecutions
        clearDirty(worker)
        board.grant(
            GrantHeader(
                isNewWindow: executions[worker] == 1, start: window.start, end: window.end,
                slices: slices, mayAssume: mayAssume),
            to: worker)
    }

    private mutating func markDirty(_ worker: Int, from instant: SimulatedInstant) {
        if changedAt[worker] == .never {
            dirtyCounts[levelOf[worker]] += 1
            dirtyCount += 1
        }
        changedAt[worker] = min(changedAt[worker], instant)
    }

    private mutating func clearDirty(_ worker: Int) {
        changedAt[worker] = .never
        hasNewInputs[worker] = false
        dirtyCounts[levelOf[worker]] -= 1
        dirtyCount -= 1
    }

    // MARK: Windows

    /// Cuts the window where executing it again and again costs far more than executing it once.
    ///
    /// Before the earliest change that anyone has still to take in, everything is final. The new end
    /// lies about as far behind that instant as the start lies before it. Whoever has executed beyond
    /// the new end has to go back to it.
    private mutating func shortenIfHopeless(_ board: inout GrantBoard) {
        guard let window, !controller.isFixed,
            allEvents / Self.hopelessRatio > firstEvents &+ 1_000
        else { return }
        var final = window.end
        for worker in changedAt.indices {
            final = min(final, changedAt[worker])
            if board.isRunning[worker] { final = min(final, grantedFrom[worker]) }
        }
        let progress = max(final - window.start, SimulatedDuration(nanoseconds: 1))
        let end = final.advanced(saturatingBy: progress)
        guard end < window.end else { return }
        self.window = (window.start, end)
        wasCut = true
        board.channels.shortenWindow(to: end)
        controller.retreat(to: end - window.start)
        firstEvents = allEvents
        for worker in changedAt.indices {
            if executions[worker] > 0 {
                markDirty(worker, from: end)
            } else if changedAt[worker] < .never, changedAt[worker] >= end {
                clearDirty(worker)
            }
        }
    }

    /// As many times over a window may be executed before it is cut.
    private static let hopelessRatio: UInt64 = 16

    private mutating func commitWindow(_ board: inout GrantBoard, at wallTime: UInt64) {
        guard let window else { return }
        for worker in levelOf.indices where executions[worker] > 0 {
            hadTimeouts[worker] = hasTimeouts[worker]
            board.channels.removeCarried(to: worker, before: window.end)
        }
        board.channels.commitWindow()
        board.committed = window.end
        board.statistics.windows += 1
        board.statistics.sweeps += UInt64(mostExecutions)
        if !wasCut {
            controller.note(
                simulated: window.end - window.start, wallTime: wallTime &- windowStartTime,
                sweeps: mostExecutions)
        }
        slices = mostExecutions > 2 ? UInt16(min(mostExecutions * 2, 256)) : 0
        self.window = nil
    }

    /// Opens a window at the next thing that happens anywhere.
    ///
    /// - Returns: whether there is one before the board's bound.
    private mutating func beginWindow(_ board: inout GrantBoard, at wallTime: UInt64) -> Bool {
        let firsts = levelOf.indices.map { board.firstInstant(of: $0) }
        let start = firsts.min() ?? .never
        guard start < board.bound else {
            board.committed = board.bound
            return false
        }
        let end = min(start.advanced(saturatingBy: controller.length), board.bound)
        window = (start, end)
        windowStartTime = wallTime
        mostExecutions = 0
        wasCut = false
        firstEvents = 0
        allEvents = 0
        phase = .down
        position = 0
        for worker in levelOf.indices {
            executions[worker] = 0
            if firsts[worker] < end {
                markDirty(worker, from: firsts[worker])
                hasNewInputs[worker] = true
            }
        }
        return true
    }
}
