package import Kernel

/// Names a user's request: which stream of which service it came from, and its number there.
///
/// `service << 44 | stream << 36 | number`: up to 1,048,576 services, 256 streams a service and
/// 68 thousand million requests a stream.
package enum RequestIdentity {
    package static let maximumServices = 1 << 20
    package static let maximumStreams = 1 << 8
    /// Bits of a request's number.
    package static let numberBits: UInt64 = 36

    @inlinable
    package static func make(service: ServiceID, stream: Int, number: UInt64) -> UInt64 {
        UInt64(service.rawValue) << 44 | UInt64(stream) << 36 | number
    }

    @inlinable
    package static func service(of request: UInt64) -> ServiceID {
        ServiceID(UInt32(truncatingIfNeeded: request >> 44))
    }
    @inlinable
    package static func stream(of request: UInt64) -> Int { Int(request >> 36 & 0xFF) }
    @inlinable
    package static func number(of request: UInt64) -> UInt64 { request & (1 << 36 - 1) }
}

/// Names one call in the tree of calls that a user's request makes.
///
/// The identity says *which* call it is, not when it was made, so it is the same wherever and however
/// often the call is executed; random draws are keyed by it. For one (step, branch) the map from
/// parent to child is one-to-one, so calls of one place in the code never collide; calls of different
/// places do with probability 2⁻⁶⁴ a pair.
package enum CallIdentity {
    /// The call by which the user's own request enters.
    @inlinable
    package static func root(_ request: UInt64) -> UInt64 { nonZero(mix(request &+ 1)) }

    /// The request whose root call this is: the inverse of ``root(_:)``, but for the one request in 2⁶⁴
    /// whose root would be zero.
    @inlinable
    package static func request(ofRoot call: UInt64) -> UInt64 {
        var mixed = call ^ call >> 31 ^ call >> 62
        mixed = mixed &* 0x3196_42B2_D24D_8EC3
        mixed = mixed ^ mixed >> 27 ^ mixed >> 54
        mixed = mixed &* 0x96DE_1B17_3F11_9089
        mixed = mixed ^ mixed >> 30 ^ mixed >> 60
        return mixed &- 0x9E37_79B9_7F4A_7C15 &- 1
    }

    /// The call made at `branch` of `step` while `parent` is served.
    @inlinable
    package static func child(of parent: UInt64, step: UInt16, branch: UInt16) -> UInt64 {
        let place = UInt64(step) << 16 | UInt64(branch)
        return nonZero(mix(parent ^ (place &+ 1) &* 0xD6E8_FEB8_6659_FD93))
    }

    /// Zero is the empty key of a ``KeyedTable``.
    @inlinable
    internal static func nonZero(_ value: UInt64) -> UInt64 { value == 0 ? 1 : value }

    /// A one-to-one mixer of 64 bits: the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    @inlinable
    internal static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
