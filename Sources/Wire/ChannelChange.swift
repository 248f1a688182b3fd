package import Kernel
package import Model

/// How the messages of one channel differ from what the receiver has: it keeps the first `kept` and
/// goes on with others.
///
/// The messages stay where they were received; they are read before the buffer goes.
package struct ChannelChange {
    /// The channel's number at the worker's end.
    package var channel: Int
    package var kept: Int
    /// `count` messages of 40 bytes in ascending order, unaligned.
    package var messages: UnsafeRawBufferPointer

    package var count: Int { messages.count / MemoryLayout<Message>.stride }

    package func message(_ index: Int) -> Message {
        messages.loadUnaligned(
            fromByteOffset: index * MemoryLayout<Message>.stride, as: Message.self)
    }

    /// Bytes of a change without its messages.
    package static let headerSize = 12

    /// Reads a change; refuses messages that are out of order.
    package init(from reader: inout ByteReader) throws(ByteError) {
        channel = Int(try reader.read(UInt32.self))
        kept = Int(try reader.read(UInt32.self))
        let count = Int(try reader.read(UInt32.self))
        messages = try reader.take(count * MemoryLayout<Message>.stride)
        guard isAscending else {
            throw ByteError(.invalid("order of messages"), offset: reader.offset)
        }
    }

    private var isAscending: Bool {
        if count < 2 { return true }
        var last = message(0)
        for index in 1..<count {
            let next = message(index)
            if !last.precedes(next) { return false }
            last = next
        }
        return true
    }

    /// Whether the change goes on after the messages that are kept, and keeps no more than there are.
    package func canBeApplied(to messages: borrowing TrivialArray<Message>) -> Bool {
        if kept > messages.count { return false }
        return kept == 0 || count == 0 || messages[kept - 1].precedes(message(0))
    }
}

extension ByteWriter {
    /// Writes one change.
    package mutating func writeChange(
        channel: Int, kept: Int, messages: UnsafeBufferPointer<Message>
    ) {
        write(UInt32(channel))
        write(UInt32(kept))
        write(UInt32(messages.count))
        bytes.append(contentsOf: UnsafeRawBufferPointer(messages))
    }

    /// Overwrites a count written earlier as a UInt32.
    package mutating func patch(_ value: UInt32, at offset: Int) {
        withUnsafeBytes(of: value.littleEndian) { source in
            for index in 0..<4 { bytes[offset + index] = source[index] }
        }
    }
}

extension TrivialArray<Message> {
    /// Whether the messages are in ascending order. O(*n*).
    package var isSorted: Bool {
        guard count > 1 else { return true }
        for index in 1..<count where self[index].precedes(self[index - 1]) { return false }
        return true
    }

    /// Keeps the first `kept` messages and appends those of the change.
    package mutating func apply(_ change: ChannelChange) {
        truncate(to: change.kept)
        reserveCapacity(change.kept + change.count)
        for index in 0..<change.count { append(change.message(index)) }
    }

    /// The number of messages before `instant`. O(log *n*).
    package func count(before instant: SimulatedInstant) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].instant < instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
