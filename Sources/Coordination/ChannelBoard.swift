package import Kernel
import Model
import Wire

/// A channel between two workers, as the coordinator sees it.
package struct ChannelEnds: Hashable, Sendable {
    package var source: Int
    package var destination: Int
    /// The channel's number among the outgoing ones of its source.
    package var sourceNumber: Int
    /// The channel's number among the incoming ones of its destination.
    package var destinationNumber: Int
    package var lookahead: SimulatedDuration

    package init(
        source: Int, destination: Int, sourceNumber: Int, destinationNumber: Int,
        lookahead: SimulatedDuration
    ) {
        self.source = source
        self.destination = destination
        self.sourceNumber = sourceNumber
        self.destinationNumber = destinationNumber
        self.lookahead = lookahead
    }
}

/// The messages between workers: committed ones on their way, and those of the present window.
struct ChannelBoard: Sendable {
    struct State: Sendable {
        let ends: ChannelEnds
        /// Committed, not yet handed to the destination; ascending.
        var carried = TrivialArray<Message>()
        /// What the source's latest execution of the present window sent; ascending.
        var fresh = TrivialArray<Message>()
        /// Messages of `fresh` that arrive before the end of the window.
        var due = 0
        /// Messages of `fresh` that the destination holds, and how many of them are still right.
        var held = 0
        var agreed = 0

        var isChanged: Bool { agreed < max(held, due) }
    }

    private(set) var states: [State]
    /// By worker: its incoming channels, and its outgoing channels by their number there.
    let incoming: [[Int]]
    let outgoing: [[Int]]
    private(set) var messageCount: UInt64 = 0

    init(_ channels: [ChannelEnds], workers: Int) {
        states = channels.map { State(ends: $0) }
        var incoming = [[Int]](repeating: [], count: workers)
        var outgoing = [[Int]](repeating: [], count: workers)
        for (index, ends) in channels.enumerated() {
            incoming[ends.destination].append(index)
            outgoing[ends.source].append(index)
        }
        self.incoming = incoming
        self.outgoing = outgoing.map { numbers in
            numbers.sorted { channels[$0].sourceNumber < channels[$1].sourceNumber }
        }
    }

    /// The first committed message on its way to a worker.
    func firstCarried(to worker: Int) -> SimulatedInstant {
        var first = SimulatedInstant.never
        for channel in incoming[worker] where !states[channel].carried.isEmpty {
            first = min(first, states[channel].carried[0].instant)
        }
        return first
    }

    /// Takes what an execution sent differently from the one before.
    ///
    /// - Returns: the instant of the first message that changed.
    mutating func apply(
        _ change: ChannelChange, to channel: Int, windowEnd: SimulatedInstant
    ) throws(WireError) -> SimulatedInstant {
        guard change.canBeApplied(to: states[channel].fresh) else {
            throw WireError("changes messages of a channel that there are not, or their order")
        }
        var first = SimulatedInstant.never
        if change.kept < states[channel].fresh.count {
            first = states[channel].fresh[change.kept].instant
        }
        if change.count > 0 { first = min(first, change.message(0).instant) }
        states[channel].fresh.apply(change)
        states[channel].due = states[channel].fresh.count(before: windowEnd)
        states[channel].agreed = min(states[channel].agreed, change.kept)
        messageCount += UInt64(change.count)
        return first
    }

    /// Writes the two lists of changes of a grant, and notes that the worker has them.
    mutating func writeInputs(
        of worker: Int, isNewWindow: Bool, windowEnd: SimulatedInstant,
        into writer: inout ByteWriter
    ) {
        var changes: UInt32 = 0
        var countOffset = writer.bytes.count
        writer.write(UInt32(0))
        if isNewWindow {
            for channel in incoming[worker] {
                if writeCarried(channel, before: windowEnd, into: &writer) { changes += 1 }
            }
            writer.patch(changes, at: countOffset)
        }
        changes = 0
        countOffset = writer.bytes.count
        writer.write(UInt32(0))
        for channel in incoming[worker] where states[channel].isChanged {
            let (agreed, due) = (states[channel].agreed, states[channel].due)
            let start = min(agreed, due)
            writer.writeChange(
                channel: states[channel].ends.destinationNumber, kept: start,
                messages: UnsafeBufferPointer(
                    rebasing: states[channel].fresh.elements[start..<due]))
            messageCount += UInt64(due - start)
            states[channel].agreed = due
            states[channel].held = due
            changes += 1
        }
        writer.patch(changes, at: countOffset)
    }

    private mutating func writeCarried(
        _ channel: Int, before windowEnd: SimulatedInstant, into writer: inout ByteWriter
    ) -> Bool {
        let count = states[channel].carried.count(before: windowEnd)
        if count == 0 { return false }
        writer.writeChange(
            channel: states[channel].ends.destinationNumber, kept: 0,
            messages: UnsafeBufferPointer(rebasing: states[channel].carried.elements[..<count]))
        messageCount += UInt64(count)
        return true
    }

    /// Moves the end of the window forward: what arrives later is no longer part of it.
    mutating func shortenWindow(to end: SimulatedInstant) {
        for channel in states.indices {
            let due = states[channel].fresh.count(before: end)
            states[channel].due = due
            states[channel].agreed = min(states[channel].agreed, due)
        }
    }

    /// Forgets the committed messages that a worker was handed for a window that ends here.
    mutating func removeCarried(to worker: Int, before end: SimulatedInstant) {
        for channel in incoming[worker] where !states[channel].carried.isEmpty {
            states[channel].carried.removeFirst(states[channel].carried.count(before: end))
        }
    }

    /// Makes the window's messages final: those that arrive later are carried into later windows.
    mutating func commitWindow() {
        for channel in states.indices where !states[channel].fresh.isEmpty {
            let due = states[channel].due
            if due < states[channel].fresh.count {
                let later = UnsafeBufferPointer(
                    rebasing: states[channel].fresh.elements[due...])
                states[channel].carry(later)
            }
            states[channel].fresh.removeAll()
            states[channel].due = 0
            states[channel].held = 0
            states[channel].agreed = 0
        }
    }
}

extension ChannelBoard.State {
    /// Adds committed messages, in ascending order, to those on their way.
    fileprivate mutating func carry(_ messages: UnsafeBufferPointer<Message>) {
        guard let first = messages.first else { return }
        let isInOrder = carried.last.map { $0.precedes(first) } ?? true
        carried.append(contentsOf: messages)
        if !isInOrder {
            carried = TrivialArray(carried.elements.sorted { $0.precedes($1) })
        }
    }
}
