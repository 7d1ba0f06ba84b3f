"""Answer requests about what is on the menu now."""

from dataclasses import dataclass

from gorder.contracts.back_office_menu import (
    MenuChangeBody,
    MenuRequest,
    PauseProductRequest,
    PauseShopRequest,
    ResumeProductRequest,
    ResumeShopRequest,
)
from gorder.contracts.telemetry import Telemetry
from gorder.runtime.decorators import Handler
from gorder.stock import back_office_replies as replies
from gorder.stock.commands.pause_menu import PauseMenu
from gorder.stock.commands.resume_menu import ResumeMenu
from gorder.stock.menu_change import MenuChanged


@dataclass(frozen=True, slots=True)
class MenuOffice:
    """The commands about what is on the menu now."""

    pause: Handler[PauseMenu, MenuChanged]
    resume: Handler[ResumeMenu, MenuChanged]
    telemetry: Telemetry

    def answer(self, request: MenuRequest) -> MenuChangeBody:
        """Run one command, log it with who asked, and return its reply."""
        by, reason = request.by, request.reason
        match request:
            case PauseProductRequest(product_id=product_id):
                changed = self.pause(PauseMenu(product_id, by, reason))
                self._log("menu.paused", request, changed)
                return replies.product_menu(product_id, changed)
            case ResumeProductRequest(product_id=product_id):
                changed = self.resume(ResumeMenu(product_id, by, reason))
                self._log("menu.resumed", request, changed)
                return replies.product_menu(product_id, changed)
            case PauseShopRequest():
                changed = self.pause(PauseMenu(None, by, reason))
                self._log("shop.paused", request, changed)
            case ResumeShopRequest():
                changed = self.resume(ResumeMenu(None, by, reason))
                self._log("shop.resumed", request, changed)
        return replies.shop_menu(changed)

    def _log(self, event: str, request: MenuRequest, changed: MenuChanged) -> None:
        fields = request.model_dump(exclude={"command"})
        self.telemetry.info(event, changed=changed.changed, **fields)
