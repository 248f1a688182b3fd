package import Kernel

/// Rows locked exclusively: one job holds a row, others wait for it, first come first served.
///
/// Jobs are numbers >= 0 that the owner gives. A job may lock a row it holds again, and holds it until
/// it has released it as often. All operations are O(1) unless they say otherwise.
package struct LockTable: Sendable {
    private var queues = KeyedQueues()

    package init() {}

    /// See `TrivialArray.prepareForChanges()`.
    package mutating func prepareForChanges() { queues.prepareForChanges() }

    /// Rows that are held.
    package var count: Int { queues.count }
    /// Jobs that wait.
    package var waiting: Int { queues.waiting }

    package func holder(of key: UInt32) -> Int32? { queues.holder(of: key) }

    /// Gives the row to `job`, or puts the job in line. Whether it has the row.
    package mutating func acquire(_ key: UInt32, _ job: Int32) -> Bool {
        if queues.take(key, for: job) { return true }
        queues.wait(for: key, job)
        return false
    }

    /// Gives up the row that `job` holds. The job that has it now and may go on, if another does.
    ///
    /// Does nothing when `job` does not hold it.
    package mutating func release(_ key: UInt32, _ job: Int32) -> Int32? {
        queues.holder(of: key) == job ? queues.pass(key) : nil
    }

    /// A job ends before its time: it leaves the line for a row, or gives it up however often it
    /// has locked it. The job that has the row now and may go on, if another does. O(line).
    package mutating func abandon(_ key: UInt32, _ job: Int32) -> Int32? {
        guard queues.holder(of: key) == job else {
            _ = queues.leave(key, job)
            return nil
        }
        while queues.holder(of: key) == job {
            if let next = queues.pass(key) { return next }
        }
        return nil
    }

    /// All jobs that hold a row (once for each) and all that wait, for checking that they exist.
    package var jobs: (holding: [Int32], waiting: [Int32]) {
        let contents = queues.contents
        return (contents.map(\.holder), contents.flatMap(\.waiting))
    }
}

extension LockTable: BinaryCodable {
    package static var leastEncodedSize: Int { KeyedQueues.leastEncodedSize }
    package func encode(into writer: inout ByteWriter) { queues.encode(into: &writer) }
    package init(from reader: inout ByteReader) throws(ByteError) {
        queues = try KeyedQueues(from: &reader)
    }
}
