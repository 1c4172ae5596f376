"""The reference: a bare DRF view that inserts one row, signed in the same way as the product."""

from rest_framework import mixins, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import TokenAuthentication
from tests.bench.models import BareRow


class BareRowSerializer(serializers.ModelSerializer):
    class Meta:
        model = BareRow
        fields = ["id", "client_id", "household", "outcome", "given", "respondent", "visited_at", "note"]


class BareVisits(mixins.CreateModelMixin, GenericViewSet):
    queryset = BareRow.objects.all()
    serializer_class = BareRowSerializer
    authentication_classes = [TokenAuthentication]
    permission_classes = [IsAuthenticated]
