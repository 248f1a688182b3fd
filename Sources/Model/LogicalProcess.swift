package import Kernel

/// One sequential part of the model: it has a state, receives messages, and sends messages that
/// arrive no sooner than the lookahead of their channel.
///
/// A process is a plain value (a copy is a snapshot), and what it does depends on nothing but its
/// state, its program and the messages delivered to it.
package protocol LogicalProcess: Sendable, BinaryCodable {
    /// What stays the same during a run.
    associatedtype Program: AnyObject & Sendable

    init(program: Program)

    /// When the process next does something even if no message comes from outside.
    var nextInstant: SimulatedInstant { get }

    /// Events executed so far.
    var eventCount: UInt64 { get }

    /// Calls to other processes that have timed out so far. O(edges).
    var timeoutCount: UInt64 { get }

    /// The digest of all events executed so far, in order.
    var digest: StreamDigest { get }

    /// Makes this value the only owner of its storage; to be called on a value that was copied or is
    /// a copy, before it is changed.
    mutating func prepareForChanges()

    /// Accepts a message from a process of the same partition. Not earlier than the present.
    mutating func deliver(_ message: Message)

    /// Executes every event before `bound`.
    ///
    /// `inbox` holds messages from outside the partition in ascending order, `cursor` is the first of
    /// them that has not been delivered and is moved forward; `effects` receives what the events send
    /// and measure.
    mutating func run(
        before bound: SimulatedInstant, inbox: UnsafeBufferPointer<Message>, cursor: inout Int,
        program: Program, effects: inout Effects)

    /// Whether a message from outside is one that this process can be sent: everything that its code
    /// relies on, for messages that come as bytes. O(1).
    static func canReceive(_ message: Message, program: Program) -> Bool

    /// What the control plane can see at `now`, before which everything has been executed.
    func observation(at now: SimulatedInstant, _ program: Program) -> ServiceObservation

    /// Takes orders of the control plane, to be carried out at `instant`.
    mutating func take(_ orders: [ReplicaOrder], at instant: SimulatedInstant)

    /// What the process has to say when the run ends, latencies and checkpoints left out.
    func report(at end: SimulatedInstant) -> ProcessReport
}

// Most processes wait for no answers, and have nothing that a control plane could see or change.
extension LogicalProcess {
    package var timeoutCount: UInt64 { 0 }

    package func observation(at now: SimulatedInstant, _ program: Program) -> ServiceObservation {
        ServiceObservation()
    }

    package mutating func take(_ orders: [ReplicaOrder], at instant: SimulatedInstant) {}
}
