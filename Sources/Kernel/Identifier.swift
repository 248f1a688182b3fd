/// A dense number that names one `Entity`; it indexes arrays, so order and lookup are exact.
@frozen
public struct Identifier<Entity>: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let rawValue: UInt32

    @inlinable
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }
    @inlinable
    public init(_ index: Int) { self.rawValue = UInt32(index) }

    /// The position of the entity in an array of all entities of its kind.
    @inlinable
    public var index: Int { Int(rawValue) }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The kind of identifier that names a service. Has no values.
public enum Service {}
/// Names a service: its position in the topology.
public typealias ServiceID = Identifier<Service>
