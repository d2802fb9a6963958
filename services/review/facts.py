"""What review's rules need to know beside a case's state."""

from dataclasses import dataclass, field

from xinfang_contracts.district import District

from .signing.checking import Signers


@dataclass(frozen=True, slots=True)
class Facts:
    """The district, who speaks, and the enrolled keys of the district's actors."""

    district: District
    actor: str
    signers: Signers = field(default_factory=dict)

    def persons_of(self, actor: str) -> set[str]:
        """Whose keys are enrolled for an actor."""
        return {signer.person for signer in self.signers.get(actor, {}).values()}
