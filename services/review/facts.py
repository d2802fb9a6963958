"""What review's rules need to know beside a case's state."""

from dataclasses import dataclass, field

from xinfang_contracts.district import District

from .quality.sampling import Drawing
from .signing.checking import Signers


@dataclass(frozen=True, slots=True)
class Facts:
    """The district, who speaks, the enrolled keys of the district's actors; for a draw, what it draws from."""

    district: District
    actor: str
    signers: Signers = field(default_factory=dict)
    drawing: Drawing | None = None

    def persons_of(self, actor: str) -> set[str]:
        """Whose keys are enrolled for an actor."""
        return {signer.person for signer in self.signers.get(actor, {}).values()}
