package import Kernel

/// The messages that come to one process from outside its partition during a window.
package struct Inbox: Sendable {
    /// In ascending order.
    package private(set) var messages = TrivialArray<Message>()
    /// The first message that has not been delivered.
    package var cursor = 0

    package init() {}

    package var nextInstant: SimulatedInstant {
        cursor < messages.count ? messages[cursor].instant : .never
    }

    /// The messages that have not been delivered; valid until the inbox changes.
    package var undelivered: UnsafeBufferPointer<Message> {
        UnsafeBufferPointer(rebasing: messages.elements[cursor...])
    }

    /// Replaces every message from `cursor` on by the merge of these sorted runs.
    ///
    /// O(*n* log *k*) for *n* messages in *k* runs.
    package mutating func refill(from runs: [UnsafeBufferPointer<Message>]) {
        messages.prepareForChanges()
        messages.truncate(to: cursor)
        let filled = runs.filter { !$0.isEmpty }
        if filled.count == 1 {
            messages.append(contentsOf: filled[0])
        } else if filled.count > 1 {
            Self.merge(filled[...], onto: &messages)
        }
    }

    /// Drops all messages.
    package mutating func removeAll() {
        messages.prepareForChanges()
        messages.removeAll()
        cursor = 0
    }

    /// Merges the halves, then the two results.
    private static func merge(
        _ runs: ArraySlice<UnsafeBufferPointer<Message>>, onto result: inout TrivialArray<Message>
    ) {
        let middle = runs.startIndex + runs.count / 2
        if runs.count == 2 {
            merge(runs[runs.startIndex], runs[middle], onto: &result)
        } else {
            var left = TrivialArray<Message>()
            var right = TrivialArray<Message>()
            mergeOrCopy(runs[..<middle], onto: &left)
            mergeOrCopy(runs[middle...], onto: &right)
            merge(
                UnsafeBufferPointer(left.elements), UnsafeBufferPointer(right.elements),
                onto: &result)
        }
    }

    private static func mergeOrCopy(
        _ runs: ArraySlice<UnsafeBufferPointer<Message>>, onto result: inout TrivialArray<Message>
    ) {
        if runs.count == 1 {
            result.append(contentsOf: runs[runs.startIndex])
        } else {
            merge(runs, onto: &result)
        }
    }

    private static func merge(
        _ left: UnsafeBufferPointer<Message>, _ right: UnsafeBufferPointer<Message>,
        onto result: inout TrivialArray<Message>
    ) {
        result.reserveCapacity(result.count + left.count + right.count)
        var i = 0
        var j = 0
        while i < left.count && j < right.count {
            if right[j].precedes(left[i]) {
                result.append(right[j])
                j += 1
            } else {
                result.append(left[i])
                i += 1
            }
        }
        result.append(contentsOf: UnsafeBufferPointer(rebasing: left[i...]))
        result.append(contentsOf: UnsafeBufferPointer(rebasing: right[j...]))
    }
}
