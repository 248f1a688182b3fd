package import Kernel

/// Chooses how long the next window is: whatever has lately committed the most simulated time in a
/// unit of wall time.
///
/// Lengths are powers of two of a base. The controller remembers the speed at each length, tries the
/// neighbours of the present one when their figures are old, and moves to the best. The wall time is
/// an input, so decisions differ from run to run; results do not, since they do not depend on windows.
package struct WindowController: Sendable {
    private let base: SimulatedDuration
    /// Whether windows always have the length that the user chose.
    package let isFixed: Bool
    private var level: Int {
        didSet { if level != oldValue { windowsHere = 0 } }
    }
    private let topLevel: Int
    private var speeds: [Double?]
    /// Windows since the speed at a level was measured.
    private var ages: [Int]
    /// By level: a speed older than this many windows is measured again. It grows each time the level
    /// proves worse than its neighbour.
    private var recheckAges: [Int]
    /// Windows since this length was chosen, and since another was last thought of.
    private var windowsHere = 0
    private var windowsSinceThought = 0

    private static let leastRecheckAge = 24
    private static let mostRecheckAge = 384

    /// A window of this length, always.
    package init(fixed length: SimulatedDuration) {
        base = length
        isFixed = true
        level = 0
        topLevel = 0
        speeds = [nil]
        ages = [0]
        recheckAges = [Self.leastRecheckAge]
    }

    /// Between one lookahead and four seconds, or four lookaheads if that is longer.
    package init(lookahead: SimulatedDuration) {
        base = max(lookahead, SimulatedDuration(nanoseconds: 1))
        isFixed = false
        let longest = max(SimulatedDuration.seconds(4).nanoseconds, base.nanoseconds * 4)
        var top = 0
        while base.nanoseconds << (top + 1) <= longest { top += 1 }
        topLevel = top
        level = min(top, 9)
        speeds = Array(repeating: nil, count: top + 1)
        ages = Array(repeating: 0, count: top + 1)
        recheckAges = Array(repeating: Self.leastRecheckAge, count: top + 1)
    }

    /// The length of the next window.
    package var length: SimulatedDuration {
        SimulatedDuration(nanoseconds: base.nanoseconds << level)
    }

    /// Notes that a window of the present length had to be cut to this one, and chooses a shorter length.
    ///
    /// Of the lengths in between it is not known how bad they are. So the best of the shorter ones is
    /// chosen, if any has been measured; otherwise a few steps are taken towards the cut's length.
    package mutating func retreat(to length: SimulatedDuration) {
        guard !isFixed else { return }
        var lowest = level
        while lowest > 0 && base.nanoseconds << lowest > length.nanoseconds { lowest -= 1 }
        guard lowest < level else { return }
        speeds[level] = 0
        ages[level] = 0
        recheckLater(level)
        let known = (0..<level).filter { (speeds[$0] ?? 0) > 0 }
        level =
            known.max { (speeds[$0] ?? 0) < (speeds[$1] ?? 0) } ?? max(lowest, level - Self.retreat)
        windowsHere = 0
    }

    /// Levels given up at once after a cut, when nothing is known of those below.
    private static let retreat = 3

    /// Learns from a committed window.
    ///
    /// - Parameters:
    ///   - simulated: the simulated time it covered.
    ///   - wallTime: what it took, in nanoseconds.
    ///   - sweeps: passes over the call graph it needed; two are the least in a system with answers.
    package mutating func note(simulated: SimulatedDuration, wallTime: UInt64, sweeps: Int) {
        guard !isFixed else { return }
        let speed = Double(simulated.nanoseconds) / Double(max(wallTime, 1))
        if let known = speeds[level], known > 0, ages[level] <= recheckAges[level] {
            // What was learnt before the system changed says nothing.
            if speed > known * 3 || speed * 3 < known { recheckSoon() }
            // The mean of a visit's first windows, then of about the last five.
            let weight = max(1 / Double(windowsHere + 1), Self.weight)
            speeds[level] = known + weight * (speed - known)
        } else {
            speeds[level] = speed
        }
        for index in ages.indices { ages[index] += 1 }
        ages[level] = 0
        windowsHere += 1
        windowsSinceThought += 1
        let isUntried = level < topLevel && speeds[level + 1] == nil
        if windowsSinceThought >= Self.shortestVisit || sweeps > 40 || (sweeps <= 2 && isUntried) {
            move(sweeps: sweeps)
        }
    }

    /// The least that the newest window counts in the speed of its length.
    private static let weight = 0.2
    /// Windows that a length is given to show its speed: one window's wall time is mostly chance.
    private static let shortestVisit = 4

    private mutating func move(sweeps: Int) {
        windowsSinceThought = 0
        let present = speeds[level] ?? 0
        let neighbours = self.neighbours
        let best = neighbours.filter { !isOld($0) && (speeds[$0] ?? 0) > present * Self.gain }
            .max { (speeds[$0] ?? 0) < (speeds[$1] ?? 0) }
        if let best {
            recheckLater(level)
            recheckAges[best] = Self.leastRecheckAge
            level = best
            return
        }
        // Few sweeps cannot be made fewer by shorter windows; many ask for them.
        let order = sweeps > 6 ? neighbours : neighbours.reversed()
        if let next = order.first(where: { isOld($0) && !($0 < level && sweeps <= 2) }) {
            level = next
        }
    }

    /// The levels next to the present one, and the ones behind those that are nearly as good: beyond a
    /// much worse length there is nothing to look for.
    private var neighbours: [Int] {
        let present = speeds[level] ?? 0
        var found: [Int] = []
        for direction in [-1, 1] {
            let near = level + direction
            guard (0...topLevel).contains(near) else { continue }
            found.append(near)
            let far = near + direction
            guard (0...topLevel).contains(far), !isOld(near),
                (speeds[near] ?? 0) > present * Self.plateau
            else { continue }
            found.append(far)
        }
        return found
    }

    /// What a neighbour must be better by.
    private static let gain = 1.05
    /// The share of the present speed that a neighbour needs to be looked beyond.
    private static let plateau = 0.85

    private func isOld(_ level: Int) -> Bool {
        speeds[level] == nil || ages[level] > recheckAges[level]
    }

    private mutating func recheckLater(_ level: Int) {
        recheckAges[level] = min(recheckAges[level] * 2, Self.mostRecheckAge)
    }

    private mutating func recheckSoon() {
        for index in recheckAges.indices { recheckAges[index] = Self.leastRecheckAge }
    }
}
