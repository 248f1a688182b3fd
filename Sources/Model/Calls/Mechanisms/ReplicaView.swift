import Kernel

/// What one replica of a caller knows of one replica of the callee.
package struct ReplicaView: BitwiseCopyable, Sendable {
    package var ejection = EjectionState()
    /// Its own calls that are not answered yet.
    package private(set) var outstanding: UInt32 = 0
    package var zone: UInt16
    private var readiness: UInt16

    package init(zone: UInt16 = 0, isReady: Bool = true) {
        self.zone = zone
        readiness = isReady ? 1 : 0
    }

    /// Whether the callee has said that this replica takes requests.
    package var isReady: Bool {
        get { readiness != 0 }
        set { readiness = newValue ? 1 : 0 }
    }

    /// A call was sent to it.
    package mutating func noteSent() { outstanding &+= 1 }

    /// A call to it was answered or given up.
    package mutating func noteEnd() { if outstanding > 0 { outstanding &-= 1 } }

    package var isValid: Bool { ejection.isValid && readiness <= 1 }
}

/// Whether each replica of the callee may be called now, as one choice sees it.
struct Eligibility {
    let views: UnsafeBufferPointer<ReplicaView>
    let now: SimulatedInstant
    /// Ejected replicas are called too.
    let isPanic: Bool
    /// Not to be called; -1 for none.
    let avoided: Int

    subscript(replica: Int) -> Bool {
        let view = views[replica]
        return view.isReady && (isPanic || now >= view.ejection.ejectedUntil) && replica != avoided
    }

    /// A replica drawn evenly from those that may be called. O(1) expected when most may.
    /// `other` is one more that may not be called; -1 for none.
    func random(_ key: DrawKey, block: UInt16, other: Int = -1) -> Int? {
        if views.isEmpty { return nil }
        let bits = key.block(block)
        let first = scaled(bits.0, below: views.count)
        if self[first] && first != other { return first }
        let second = scaled(bits.1, below: views.count)
        if self[second] && second != other { return second }
        var number = 0
        for replica in views.indices where self[replica] && replica != other { number += 1 }
        if number == 0 { return nil }
        var rank = scaled(key.block(block | 0x8000).0, below: number)
        for replica in views.indices where self[replica] && replica != other {
            if rank == 0 { return replica }
            rank -= 1
        }
        return nil
    }
}

/// Maps 64 random bits to 0..<`bound`.
func scaled(_ bits: UInt64, below bound: Int) -> Int {
    Int(bits.multipliedFullWidth(by: UInt64(bound)).high)
}
