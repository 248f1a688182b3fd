package import Kernel

/// The messages that come to one process from outside its partition during a window.
package struct Inbox: Sendable {
    /// In ascending order.
    package private(set) var messages: ContiguousArray<Message> = []
    /// The first message that has not been delivered.
    package var cursor = 0

    package init() {}

    package var nextInstant: SimulatedInstant {
        cursor < messages.count ? messages[cursor].instant : .never
    }

    /// Runs a process on this inbox.
    @inlinable
    package mutating func withUndelivered<Result>(
        _ body: (UnsafeBufferPointer<Message>, inout Int) -> Result
    ) -> Result {
        var position = cursor
        defer { cursor = position }
        return messages.withUnsafeBufferPointer { body($0, &position) }
    }

    /// Replaces every message from `cursor` on by the merge of these sorted runs.
    ///
    /// O(*n* log *k*) for *n* messages in *k* runs.
    package mutating func refill(from runs: [ArraySlice<Message>]) {
        messages.removeLast(messages.count - cursor)
        let filled = runs.filter { !$0.isEmpty }
        switch filled.count {
        case 0: break
        case 1: messages.append(contentsOf: filled[0])
        default: messages.append(contentsOf: Self.merge(filled))
        }
    }

    /// Merges neighbouring pairs until one run is left.
    private static func merge(_ runs: [ArraySlice<Message>]) -> ArraySlice<Message> {
        var runs = runs
        while runs.count > 1 {
            var merged: [ArraySlice<Message>] = []
            merged.reserveCapacity((runs.count + 1) / 2)
            var index = 0
            while index + 1 < runs.count {
                merged.append(merge(runs[index], runs[index + 1]))
                index += 2
            }
            if index < runs.count { merged.append(runs[index]) }
            runs = merged
        }
        return runs.first ?? []
    }

    private static func merge(
        _ left: ArraySlice<Message>, _ right: ArraySlice<Message>
    ) -> ArraySlice<Message> {
        let count = left.count + right.count
        let merged = [Message](unsafeUninitializedCapacity: count) { buffer, initialized in
            left.withUnsafeBufferPointer { left in
                right.withUnsafeBufferPointer { right in
                    var i = 0
                    var j = 0
                    var k = 0
                    while i < left.count && j < right.count {
                        if right[j].precedes(left[i]) {
                            buffer.initializeElement(at: k, to: right[j])
                            j += 1
                        } else {
                            buffer.initializeElement(at: k, to: left[i])
                            i += 1
                        }
                        k += 1
                    }
                    while i < left.count {
                        buffer.initializeElement(at: k, to: left[i])
                        i += 1
                        k += 1
                    }
                    while j < right.count {
                        buffer.initializeElement(at: k, to: right[j])
                        j += 1
                        k += 1
                    }
                }
            }
            initialized = count
        }
        return merged[...]
    }
}
