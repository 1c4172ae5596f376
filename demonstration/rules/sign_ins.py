"""Who signs in to the demonstration: one for each role, and the branch secretary of 嘉明花园, who holds two."""

from dataclasses import dataclass

from demonstration.rules.small_city import GRID, XILING


@dataclass(frozen=True, slots=True)
class SignIn:
    """A user and their roles: pairs of a role and a territory, which may also be the name of a neighbourhood."""

    username: str
    display_name: str
    unit: str
    roles: tuple[tuple[str, str], ...]


SIGN_INS = (
    SignIn("community", "示范社区工作人员", "示范一街第一社区", (("community_staff", XILING),)),
    SignIn("grid", "示范网格员", "示范一街第一社区第一网格", (("grid_worker", GRID),)),
    SignIn("committee", "示范业委会委员", "四合院小区业主委员会", (("committee_member", "四合院小区"),)),
    SignIn("secretary", "示范党支部书记", "四合院小区党支部", (("party_secretary", "四合院小区"),)),
    SignIn(
        "clerk",
        "示范物业收费员",
        "示范物业服务公司",
        (("property_clerk", "示范东山小区"), ("property_clerk", "白龙岗小区")),
    ),
    SignIn("district", "示范区级工作人员", "西陵区老旧小区改造办", (("district_official", "420502"),)),
    SignIn("city", "示范市级工作人员", "宜昌市老旧小区改造办", (("city_official", "4205"),)),
    SignIn("auditor", "示范审计员", "示范审计组", (("auditor", "4205"),)),
    SignIn("admin", "示范管理员", "示范信息中心", (("admin", "4205"),)),
)

TWO_ROLES = SignIn(
    "jiaming",
    "示范支部书记兼业委会主任",
    "嘉明花园",
    (("party_secretary", "嘉明花园"), ("committee_member", "嘉明花园")),
)

ALL = (*SIGN_INS, TWO_ROLES)
