package import Kernel

/// Single-flight: of the requests that miss one key, the first fetches it and the others wait.
///
/// Jobs are numbers >= 0 that the owner gives. All operations are O(1) unless they say otherwise.
package struct FlightTable: Sendable {
    private var queues = KeyedQueues()

    package init() {}

    /// See `TrivialArray.prepareForChanges()`.
    package mutating func prepareForChanges() { queues.prepareForChanges() }

    /// Keys that are being fetched.
    package var count: Int { queues.count }
    /// Jobs that wait for another's fetch.
    package var waiting: Int { queues.waiting }

    /// Makes `job` the one that fetches `key`; false if another does already: then ``join(_:_:)``.
    package mutating func lead(_ key: UInt32, _ job: Int32) -> Bool {
        queues.holder(of: key) == nil && queues.take(key, for: job)
    }

    /// The job that fetches a key, or `nil`.
    package func leader(of key: UInt32) -> Int32? { queues.holder(of: key) }

    /// Makes `job` wait for the fetch of `key`.
    package mutating func join(_ key: UInt32, _ job: Int32) { queues.wait(for: key, job) }

    /// Ends the fetch of a key, well or badly. Who waited for it comes back in order of joining: take
    /// each with ``removeFirst(of:)`` before this event ends.
    package mutating func finish(_ key: UInt32) -> KeyedQueues.Waiters { queues.end(key) }

    /// The next of the jobs that waited, or `nil`.
    package mutating func removeFirst(of waiters: inout KeyedQueues.Waiters) -> Int32? {
        queues.removeFirst(of: &waiters)
    }

    /// The fetching job fails or dies and the first that waits fetches in its stead: it is returned,
    /// or `nil` when nobody waits and the fetch is over.
    package mutating func handOver(_ key: UInt32) -> Int32? { queues.pass(key) }

    /// A waiting job gives up. False if it does not wait for this key. O(jobs that wait for it).
    package mutating func leave(_ key: UInt32, _ job: Int32) -> Bool { queues.leave(key, job) }

    /// All jobs that fetch, and all that wait, for checking that they exist.
    package var jobs: (leading: [Int32], waiting: [Int32]) {
        let contents = queues.contents
        return (contents.map(\.holder), contents.flatMap(\.waiting))
    }
}

extension FlightTable: BinaryCodable {
    package static var leastEncodedSize: Int { KeyedQueues.leastEncodedSize }
    package func encode(into writer: inout ByteWriter) { queues.encode(into: &writer) }
    package init(from reader: inout ByteReader) throws(ByteError) {
        queues = try KeyedQueues(from: &reader)
        guard queues.contents.allSatisfy({ $0.depth == 1 }) else {
            throw ByteError(.invalid("flight"), offset: reader.offset)
        }
    }
}
